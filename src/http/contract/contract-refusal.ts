/**
 * From what the contract's validator says to what this API says: the same codes, fields and words with which core's
 * readers refuse, so that a caller can't tell, and need not know, which of them spoke.
 */
import type { Request } from "express";
import { abbreviate } from "../../core/bytes.js";
import { ParseError, type ParseErrorCode } from "../../core/errors.js";
import { pointer } from "../../core/record/json.js";
import type { ApiDescription, Parameter, Schema } from "./contract-description.js";
import { memberMissing } from "./contract-choice.js";
import { describe } from "../problems/describe.js";
import { FORMATS } from "../intake/formats.js";
import { HttpRefusal } from "../problems/problems.js";

interface ValidatorError {
  readonly path?: string;
  readonly message: string;
  /** The code is `<keyword of JSON Schema>.openapi.validation`; it is absent for what the library found itself. */
  readonly errorCode?: string;
}

/** Makes the refusal that a finding of the validator comes to. Anything that is no finding comes back as it is. */
export function contractRefusal(
  error: unknown,
  request: Request,
  api: ApiDescription,
  path: string,
): unknown {
  const found = (error as { errors?: readonly ValidatorError[] }).errors?.[0];
  if (found === undefined) return error;
  const [, place, ...rest] = (found.path ?? "").split("/");
  const where = rest.join("/");
  switch (place) {
    case "body":
      return bodyRefusal(found, request, where, bodySchema(request, api, path), api);
    case "query":
      return queryRefusal(found, request, where, parametersOf(request, api, path));
    case "headers":
      return new HttpRefusal(
        keywordOf(found) === "required" ? "header-missing" : "header-malformed",
        "a header is not as described",
        { field: pointer("/headers", where), want: wantOf(found) },
      );
    case "params":
      return new ParseError(
        formatOf(found)?.code ?? "value-range",
        "a part of the path is not as described",
        {
          field: pointer("/path", where),
          got: describe(request.params[where]),
          want: wantOf(found, schemaOf(parametersOf(request, api, path), "path", where)),
        },
      );
    default:
      return error;
  }
}

function queryRefusal(
  found: ValidatorError,
  request: Request,
  where: string,
  parameters: readonly Parameter[],
): HttpRefusal {
  const field = pointer("/query", where);
  const known = parameters.filter((parameter) => parameter.in === "query").map(({ name = "" }) => name);
  if (!known.includes(where))
    return new HttpRefusal("query-invalid", "a query parameter that has no place here", {
      field,
      got: abbreviate(where),
      want: known.length > 0 ? known.join(", ") : "no query",
    });
  const got = request.query[where];
  if (got === undefined)
    return new HttpRefusal("query-invalid", "a required query parameter is missing", { field, want: where });
  return new HttpRefusal("query-invalid", "a query parameter is not as described", {
    field,
    got: describe(got),
    want: wantOf(found, schemaOf(parameters, "query", where)),
  });
}

function bodyRefusal(
  found: ValidatorError,
  request: Request,
  where: string,
  schema: Schema | undefined,
  api: ApiDescription,
): ParseError {
  const keyword = keywordOf(found);
  const steps = stepsTo(request.body, where, keyword);
  const field = steps.reduce<string>(pointer, "");
  const last = steps.at(-1) ?? "";
  const value = steps.reduce<unknown>(
    (at, step) => (at as Record<string, unknown> | undefined)?.[step],
    request.body,
  );
  const at = (path: readonly string[]) =>
    path.reduce<Schema | undefined>(
      (from, step) => resolve(from?.properties?.[step], api),
      resolve(schema, api),
    );
  switch (keyword) {
    case "required":
      return missing(request.body, steps, at(steps.slice(0, -1)));
    case "additionalProperties":
    case "false schema":
      return new ParseError("member-unknown", "a member that has no place here", {
        field,
        got: abbreviate(last),
        ...(keyword === "additionalProperties" && {
          want: Object.keys(at(steps.slice(0, -1))?.properties ?? {}).join(", "),
        }),
      });
    case "type":
      return new ParseError("value-type", "a value of another type", {
        field,
        got: describe(value),
        want: wantOf(found),
      });
    default:
      return new ParseError(codeOf(found), "a value is not as described", {
        field,
        got: describe(value),
        want: wantOf(found, at(steps)),
      });
  }
}

/** Names what is missing: of the members that the schema requires the first, whatever the validator found first. */
function missing(body: unknown, steps: readonly string[], schema: Schema | undefined): ParseError {
  const place = steps.slice(0, -1);
  const object = place.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], body) as object;
  const names = (schema?.required ?? []).filter((name) => !Object.hasOwn(object, name));
  return memberMissing(place, names.length > 0 ? names : steps.slice(-1));
}

/**
 * The steps of a validator's path. It escapes all but the last, which for an unknown member is a stranger's text and
 * may hold slashes: so the member itself is looked for.
 */
function stepsTo(body: unknown, where: string, keyword: string): readonly string[] {
  const unescape = (step: string) => step.replaceAll("~1", "/").replaceAll("~0", "~");
  if (keyword !== "additionalProperties") return where === "" ? [] : where.split("/").map(unescape);
  const steps: string[] = [];
  let [rest, at] = [where, body as Record<string, unknown> | undefined];
  while (at !== undefined && at !== null && !Object.hasOwn(at, rest) && rest.includes("/")) {
    const step = unescape(rest.slice(0, rest.indexOf("/")));
    steps.push(step);
    rest = rest.slice(rest.indexOf("/") + 1);
    at = at[step] as Record<string, unknown> | undefined;
  }
  return [...steps, rest];
}

const keywordOf = ({ errorCode = "" }: ValidatorError): string =>
  errorCode.replace(/\.openapi\.validation$/, "");

function formatOf({ message }: ValidatorError) {
  const name = /^must match format "([a-z0-9-]+)"$/.exec(message)?.[1];
  return name !== undefined && Object.hasOwn(FORMATS, name)
    ? FORMATS[name as keyof typeof FORMATS]
    : undefined;
}

function codeOf(found: ValidatorError): ParseErrorCode {
  return formatOf(found)?.code ?? "value-range";
}

const TYPES: Readonly<Record<string, string>> = {
  object: "an object",
  array: "an array",
  string: "a string",
  boolean: "true or false",
  number: "a number",
  integer: "an integer",
};

function wantOf(found: ValidatorError, schema?: Schema): string {
  const type = keywordOf(found) === "type" ? TYPES[found.message.replace(/^must be /, "")] : undefined;
  if (type !== undefined) return type;
  if (schema?.minimum !== undefined && schema.maximum !== undefined)
    return `${schema.minimum} to ${schema.maximum}`;
  return (
    formatOf(found)?.want ??
    schema?.["x-want"] ??
    schema?.enum?.join(", ") ??
    found.message.replace(/^must be equal to one of the allowed values: /, "").replace(/^must /, "")
  );
}

function bodySchema(request: Request, api: ApiDescription, path: string): Schema | undefined {
  const type = (request.headers["content-type"] ?? "").replace(/;.*/s, "").trim().toLowerCase();
  return api.paths[path]?.[request.method.toLowerCase()]?.requestBody?.content[type]?.schema;
}

function parametersOf(request: Request, api: ApiDescription, path: string): readonly Parameter[] {
  return api.paths[path]?.[request.method.toLowerCase()]?.parameters ?? [];
}

const schemaOf = (parameters: readonly Parameter[], place: Parameter["in"], name: string) =>
  parameters.find((parameter) => parameter.in === place && parameter.name === name)?.schema;

/** Follows `$ref` into the components; what stands beside it is left aside. */
function resolve(schema: Schema | false | undefined, api: ApiDescription): Schema | undefined {
  if (schema === false || schema?.$ref === undefined) return schema === false ? undefined : schema;
  return resolve(api.components.schemas[schema.$ref.replace("#/components/schemas/", "")], api);
}
