/**
 * Whether an answer is one that openapi.yaml describes: every test that asks the service through `call` asks this too, so
 * that no answer drifts away from the contract. Formats are those of RFC 3339, RFC 3986 and RFC 9562 as other people's
 * validators read them (ajv-formats), in ajv's strict mode: a keyword or format that it does not know is a failure.
 */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";
import type {
  ApiDescription,
  HeaderDescription,
  OperationDescription,
  Schema,
} from "../../../src/http/contract/contract-description.js";

export interface Described {
  readonly method: string;
  /** As it was asked, with its query. */
  readonly target: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What is wrong with an answer; empty where it is as described. */
export type Judge = (answer: Described) => readonly string[];

export function judgeBy(openapi: string): Judge {
  const api = parse(openapi) as ApiDescription;
  const validatorOf = createValidators(api);
  const paths = Object.entries(api.paths).map(([path, operations]) => ({
    operations,
    expression: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+")}$`),
  }));

  return (answer) => {
    const { method, target, status, headers } = answer;
    const path = target.replace(/\?.*/s, "");
    const found = paths.find(({ expression }) => expression.test(path));
    if (found === undefined) return status === 404 || path === "/" ? [] : [`${status} where nothing lies`];
    const operation = found.operations[method === "HEAD" ? "get" : method.toLowerCase()];
    if (operation === undefined) {
      const expected = method === "OPTIONS" ? 204 : 405;
      return [
        ...(status === expected ? [] : [`${status} for a method that there is not`]),
        ...(headers.has("allow") ? [] : ["no Allow"]),
      ];
    }
    return judgeOperation(operation, answer);
  };

  function judgeOperation(operation: OperationDescription, answer: Described): readonly string[] {
    const { method, status, headers, text } = answer;
    const stated = operation.responses[String(status)];
    if (stated === undefined)
      return [`status ${status} is not among ${Object.keys(operation.responses).join()}`];
    const response = followed(stated, api.components.responses);
    const type = headers.get("content-type") ?? "";
    const { content = {} } = response;
    const media = content[type] ?? content["*/*"];
    return [
      ...Object.entries(response.headers ?? {}).flatMap(([name, header]) =>
        judgeHeader(name, followed(header, api.components.headers), headers),
      ),
      ...(media === undefined ? [`${type} is not among ${Object.keys(content).join()}`] : []),
      ...(method !== "HEAD" && /[/+]json$/.test(type) ? judgeJson(media?.schema, text) : []),
      ...judgeCode(`${stated.description ?? ""} ${response.description ?? ""}`, answer),
    ];
  }

  function judgeHeader(name: string, { required = false, schema }: HeaderDescription, headers: Headers) {
    const text = headers.get(name);
    if (text === null) return required ? [`no ${name}`] : [];
    const value = schema?.type === "integer" ? Number(text) : text;
    return schema === undefined || validatorOf(schema)(value) ? [] : [`${name}: ${text}`];
  }

  function judgeJson(schema: Schema | undefined, text: string): readonly string[] {
    // Evidence, a certificate's and an original's bytes are described as such.
    if (schema === undefined || schema.$ref === "#/components/schemas/Bytes") return [];
    const validate = validatorOf(schema);
    return validate(JSON.parse(text)) ? [] : [`${JSON.stringify(validate.errors?.slice(0, 3))} of ${text}`];
  }
}

/** Of a refusal: its status names its code. What core's parsers find in a body is 400, whichever of their codes it is. */
function judgeCode(description: string, { status, headers, text }: Described): readonly string[] {
  if (status === 400 || text === "" || headers.get("content-type") !== "application/problem+json") return [];
  const { code } = JSON.parse(text) as { readonly code: string };
  return description.includes(`\`${code}\``) ? [] : [`${status} does not name ${code}`];
}

const followed = <T extends { readonly $ref?: string }>(
  value: T,
  components: Readonly<Record<string, T>>,
): T => (value.$ref === undefined ? value : (components[value.$ref.replace(/^.*\//, "")] as T));

export function createValidators(api: ApiDescription): (schema: Schema) => ValidateFunction {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
  (addFormats as unknown as (instance: Ajv2020) => void)(ajv);
  // What OpenAPI 3.1 knows beside JSON Schema, and what this contract says to people.
  ajv.addFormat("binary", true);
  ajv.addVocabulary(["x-want", "components"]);
  ajv.addSchema({ $id: "api", components: { schemas: api.components.schemas } });
  const known = new Map<string, ValidateFunction>();
  return (schema) => {
    const text = JSON.stringify(schema).replaceAll('"#/', '"api#/');
    let validate = known.get(text);
    if (validate === undefined) known.set(text, (validate = ajv.compile(JSON.parse(text) as object)));
    return validate;
  };
}
