/**
 * What the contract's validator is given: openapi.yaml, less what this program reads by functions of its own. For whoever
 * writes to this service a string is described by a pattern; here the function behind it judges (formats.ts), and says in
 * the API's own codes what is wrong. Files whose formats core reads strictly are judged there, and not twice.
 */
import type {
  ApiDescription,
  Content,
  OperationDescription,
  Parameter,
  Schema,
} from "./contract-description.js";
import { FORMATS } from "../intake/formats.js";

/** Schemas of openapi.yaml that stand for a format of docs/evidence-format.md: core's parsers know each of their codes. */
const READ_BY_CORE = ["Evidence", "Statement", "ConsortiumChange", "SentDigests"];

/** The validator knows the description's components by this name, which every `$ref` of what is judged begins with. */
export const COMPONENTS = "openapi.yaml";

/** Gives the description, its answers left out. Integers of the query stay the texts that they are. */
export function judgedDescription(api: ApiDescription): ApiDescription {
  const judged = Object.entries(api.paths).map(([path, operations]) => [
    path,
    Object.fromEntries(Object.entries(operations).map(([method, it]) => [method, judgedOperation(it, api)])),
  ]);
  const schemas = judgedSchemas(api);
  return named({
    paths: Object.fromEntries(judged) as ApiDescription["paths"],
    components: { parameters: {}, responses: {}, headers: {}, schemas },
  });
}

function judgedOperation(operation: OperationDescription, api: ApiDescription): OperationDescription {
  const { operationId, parameters = [], requestBody } = operation;
  return {
    operationId,
    parameters: parameters.map((parameter) => judgedParameter(resolveParameter(parameter, api))),
    ...(requestBody && { requestBody: { content: judgedContent(requestBody.content) } }),
    responses: {},
  };
}

/** Bodies that are no JSON are read piece by piece, after this. */
function judgedContent({ "application/json": json }: Content): Content {
  return json?.schema ? { "application/json": { schema: withoutSpellings(json.schema) } } : {};
}

/** Has every `$ref` name the components. */
function named<T>(value: T): T;
function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => named(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === "$ref" && typeof inner === "string" ? COMPONENTS + inner : named(inner),
    ]),
  );
}

/** Gives a parameter with its `$ref` followed. */
function resolveParameter(parameter: Parameter, api: ApiDescription): Parameter {
  if (parameter.$ref === undefined) return parameter;
  return api.components.parameters[parameter.$ref.replace("#/components/parameters/", "")] ?? parameter;
}

function judgedParameter(parameter: Parameter): Parameter {
  const { schema } = parameter;
  if (schema === undefined) return parameter;
  // Headers have readers of their own, with their own codes.
  if (parameter.in === "header") return { ...parameter, schema: withoutSpellings(schema) };
  if (parameter.in !== "query" || schema.type !== "integer") return parameter;
  return { ...parameter, schema: { ...schema, type: "string", format: integerFormat(schema) } };
}

/** The name of the format of a decimal integer within a parameter's bounds: `integer 1 1000`. */
const integerFormat = ({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema): string =>
  `integer ${minimum} ${maximum}`;

/** Judges each string of a request that the description gives a format: those of formats.ts, and integers of the query. */
export function judgingFormats({ paths }: ApiDescription): Record<string, (text: string) => boolean> {
  const named = Object.entries(FORMATS).map(([name, { isValid }]) => [name, isValid] as const);
  const integers = Object.values(paths)
    .flatMap((operations) => Object.values(operations))
    .flatMap(({ parameters = [] }) => parameters)
    .flatMap(({ schema }) => (schema?.format?.startsWith("integer ") === true ? [schema.format] : []))
    .map((format) => {
      const [, minimum = 0, maximum = 0] = format.split(" ").map(Number);
      const isValid = (text: string) =>
        /^(?:0|[1-9][0-9]{0,15})$/.test(text) && Number(text) >= minimum && Number(text) <= maximum;
      return [format, isValid] as const;
    });
  return Object.fromEntries([...named, ...integers]);
}

function judgedSchemas({ components: { schemas } }: ApiDescription): Readonly<Record<string, Schema>> {
  const byName = new Map(Object.entries(FORMATS).map(([name, { schema }]) => [schema as string, name]));
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]): [string, Schema] => {
      const format = byName.get(name);
      if (format !== undefined) return [name, { type: "string", format }];
      return [name, READ_BY_CORE.includes(name) ? { type: "object" } : withoutSpellings(schema)];
    }),
  );
}

/** What a text or a value must be is for its reader to say: here stays which members there are, and of what kind. */
function withoutSpellings(schema: Schema): Schema;
function withoutSpellings(value: unknown): unknown;
function withoutSpellings(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withoutSpellings(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      // A member may be called so: then it is a schema.
      .filter(([name, inner]) => !SPELLINGS.includes(name) || typeof inner === "object")
      .map(([name, inner]) => [name, withoutSpellings(inner)]),
  );
}

const SPELLINGS = ["pattern", "format", "const", "examples"];
