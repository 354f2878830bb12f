/** The shape of openapi.yaml (OpenAPI 3), as far as this program looks into it. */

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  /** This says what `pattern` means, for whoever sent something else. */
  readonly "x-want"?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema | false>>;
  /** These are kinds of one thing; each requires a member that no other has. */
  readonly oneOf?: readonly Schema[];
}

export interface Parameter {
  readonly $ref?: string;
  readonly name?: string;
  readonly in?: "query" | "header" | "path";
  readonly required?: boolean;
  readonly schema?: Schema;
}

export interface Content {
  readonly [mediaType: string]: { readonly schema?: Schema };
}

export interface ResponseDescription {
  readonly $ref?: string;
  readonly description?: string;
  readonly headers?: Readonly<Record<string, HeaderDescription>>;
  readonly content?: Content;
}

export interface HeaderDescription {
  readonly $ref?: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}

export interface OperationDescription {
  readonly operationId: string;
  readonly security?: readonly object[];
  /** These roles' keys may call it; it is absent where the role decides nothing. */
  readonly "x-roles"?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, ResponseDescription>>;
}

export interface ApiDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationDescription>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly responses: Readonly<Record<string, ResponseDescription>>;
    readonly headers: Readonly<Record<string, HeaderDescription>>;
  };
}

/** Follows `$ref` into the components; what stands beside it is left aside. */
export function followed(schema: Schema, api: Pick<ApiDescription, "components">): Schema {
  if (schema.$ref === undefined) return schema;
  const target = api.components.schemas[schema.$ref.replace(/^.*\//, "")];
  if (target === undefined) throw new Error(`internal: openapi.yaml has no ${schema.$ref}`);
  return followed(target, api);
}
