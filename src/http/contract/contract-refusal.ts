/**
 * From what the contract's validator says to what this API says: the same codes, fields and words with which core's
 * readers refuse, so that a caller can't tell, and need not know, which of them spoke.
 */
import type { ErrorObject } from "ajv";
import { abbreviate } from "../../core/bytes.js";
import { ParseError } from "../../core/errors.js";
import { pointer } from "../../core/record/json.js";
import type { Parameter, Schema } from "./contract-description.js";
import { memberMissing } from "./contract-choice.js";
import { describe } from "../problems/describe.js";
import { FORMATS } from "../intake/formats.js";
import { HttpRefusal } from "../problems/problems.js";

/** Makes the refusal that a finding about `{ query, headers, path }` comes to. */
export function parameterRefusal(
  found: ErrorObject | undefined,
  parameters: readonly Parameter[],
): HttpRefusal | ParseError {
  if (found === undefined) throw new Error("internal: nothing was found");
  const [place, ...rest] = stepsTo(found);
  const name = rest.join("/");
  const field = rest.reduce<string>(pointer, `/${place}`);
  switch (place) {
    case "query":
      return queryRefusal(found, name, parameters);
    case "headers":
      return new HttpRefusal(
        found.keyword === "required" ? "header-missing" : "header-malformed",
        "a header is not as described",
        { field, want: wantOf(found) },
      );
    default:
      return new ParseError(
        formatOf(found)?.code ?? "value-range",
        "a part of the path is not as described",
        {
          field,
          got: describe(found.data),
          want: wantOf(found),
        },
      );
  }
}

function queryRefusal(found: ErrorObject, name: string, parameters: readonly Parameter[]): HttpRefusal {
  const field = pointer("/query", name);
  switch (found.keyword) {
    case "additionalProperties": {
      const known = parameters.filter((parameter) => parameter.in === "query").map(({ name = "" }) => name);
      return new HttpRefusal("query-invalid", "a query parameter that has no place here", {
        field,
        got: abbreviate(name),
        want: known.length > 0 ? known.join(", ") : "no query",
      });
    }
    case "required":
      return new HttpRefusal("query-invalid", "a required query parameter is missing", { field, want: name });
    default:
      return new HttpRefusal("query-invalid", "a query parameter is not as described", {
        field,
        got: describe(found.data),
        want: wantOf(found),
      });
  }
}

/** Makes the refusal that a finding about a body comes to. */
export function bodyRefusal(found: ErrorObject | undefined): ParseError {
  if (found === undefined) throw new Error("internal: nothing was found");
  const steps = stepsTo(found);
  const field = steps.reduce<string>(pointer, "");
  switch (found.keyword) {
    case "required":
      return missing(found, steps.slice(0, -1));
    case "additionalProperties":
    case "false schema":
      return new ParseError("member-unknown", "a member that has no place here", {
        field,
        got: abbreviate(steps.at(-1) ?? ""),
        ...(found.keyword === "additionalProperties" && {
          want: Object.keys(schemaOf(found).properties ?? {}).join(", "),
        }),
      });
    case "type":
      return new ParseError("value-type", "a value of another type", {
        field,
        got: describe(found.data),
        want: wantOf(found),
      });
    default:
      return new ParseError(formatOf(found)?.code ?? "value-range", "a value is not as described", {
        field,
        got: describe(found.data),
        want: wantOf(found),
      });
  }
}

/** Names what is missing: of the members that the schema requires the first, whatever the validator found first. */
function missing(found: ErrorObject, place: readonly string[]): ParseError {
  const names = (schemaOf(found).required ?? []).filter((name) => !Object.hasOwn(found.data as object, name));
  return memberMissing(place, names);
}

/** The steps to what was found: RFC 6901's, and the member itself where an object lacks it or has no place for it. */
function stepsTo({ instancePath, params }: ErrorObject): readonly string[] {
  const { missingProperty, additionalProperty } = params as Readonly<Record<string, string | undefined>>;
  const steps = instancePath.split("/").slice(1);
  const member = missingProperty ?? additionalProperty;
  return [
    ...steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")),
    ...(member === undefined ? [] : [member]),
  ];
}

/** The schema that what was found does not meet. */
const schemaOf = ({ parentSchema }: ErrorObject): Schema => (parentSchema as Schema | undefined) ?? {};

function formatOf(found: ErrorObject) {
  const { format } = found.params as { readonly format?: string };
  return found.keyword === "format" && format !== undefined && Object.hasOwn(FORMATS, format)
    ? FORMATS[format as keyof typeof FORMATS]
    : undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  object: "an object",
  array: "an array",
  string: "a string",
  boolean: "true or false",
  number: "a number",
  integer: "an integer",
};

function wantOf(found: ErrorObject): string {
  const schema = schemaOf(found);
  const type = found.keyword === "type" ? TYPES[schema.type ?? ""] : undefined;
  if (type !== undefined) return type;
  if (schema.minimum !== undefined && schema.maximum !== undefined)
    return `${schema.minimum} to ${schema.maximum}`;
  return (
    formatOf(found)?.want ??
    schema["x-want"] ??
    schema.enum?.join(", ") ??
    (found.message ?? "").replace(/^must /, "")
  );
}
