/** The shape of openapi.yaml (OpenAPI 3), as far as this program looks into it. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  /** What `pattern` means, for whoever sent something else. */
  readonly "x-want"?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema | false>>;
  readonly if?: Schema;
  readonly else?: Schema;
}

export interface Parameter {
  readonly $ref?: string;
  readonly name?: string;
  readonly in?: "query" | "header" | "path";
  readonly schema?: Schema;
}

interface Content {
  readonly [mediaType: string]: { readonly schema?: Schema };
}

export interface OperationDescription {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content; readonly $ref?: string }>>;
}

export interface ApiDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationDescription>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
  };
}
