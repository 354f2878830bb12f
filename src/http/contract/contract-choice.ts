/**
 * Bodies that may be of several kinds (`oneOf`): a record or its digests. A validator of all kinds at once can only say
 * that none fits. Each kind requires members that no other has, so what came says which is meant, and is judged as that.
 */
import type { Request } from "express";
import { ParseError } from "../../core/errors.js";
import { pointer } from "../../core/record/json.js";
import type { ApiDescription, Schema } from "./contract-description.js";

/** Gives the description with one kind of body in it. Throws `member-missing` where nothing tells which. */
export function chooseBody(request: Request, api: ApiDescription, path: string): ApiDescription {
  const body = request.body as unknown;
  // Bodies of other media types are read later, piece by piece.
  const choices = body === undefined ? undefined : choicesOf(request, api, path);
  if (choices === undefined) return api;
  const { kinds, narrowed } = choices;
  // What is no object is refused alike whatever was meant.
  const isObject = typeof body === "object" && body !== null && !Array.isArray(body);
  const chosen = isObject ? meant(kinds, body) : 0;
  return narrowed[chosen] as ApiDescription;
}

const JSON_TYPE = "application/json";

interface Choices {
  readonly kinds: readonly Schema[];
  /** These are, for each kind, the description that knows no other. */
  readonly narrowed: readonly ApiDescription[];
}

const known = new WeakMap<Schema, Choices>();

function choicesOf(request: Request, api: ApiDescription, path: string): Choices | undefined {
  const method = request.method.toLowerCase();
  const operation = api.paths[path]?.[method];
  const content = operation?.requestBody?.content;
  const schema = followed(content?.[JSON_TYPE]?.schema, api);
  if (operation === undefined || schema?.oneOf === undefined) return undefined;
  let choices = known.get(schema);
  if (choices === undefined) {
    const narrowed = schema.oneOf.map((kind) => {
      const requestBody = {
        ...operation.requestBody,
        content: { ...content, [JSON_TYPE]: { schema: kind } },
      };
      return { ...api, paths: { [path]: { ...api.paths[path], [method]: { ...operation, requestBody } } } };
    });
    known.set(schema, (choices = { kinds: schema.oneOf.map((kind) => followed(kind, api) ?? {}), narrowed }));
  }
  return choices;
}

/** The index of the first kind of which a member is there that other kinds do not require. */
function meant(kinds: readonly Schema[], body: object): number {
  const required = kinds.map((kind) => kind.required ?? []);
  const common = required[0]?.filter((name) => required.every((names) => names.includes(name))) ?? [];
  const own = required.map((names) => names.filter((name) => !common.includes(name)));
  const index = own.findIndex((names) => names.some((name) => Object.hasOwn(body, name)));
  if (index >= 0) return index;
  const absent = common.filter((name) => !Object.hasOwn(body, name));
  if (absent.length > 0) throw memberMissing([], absent);
  throw new ParseError("member-missing", "a required member is missing", {
    field: "",
    want: own.map(inWords).join(", or "),
  });
}

/**
 * Makes the refusal of an object at `place` from which `names` are missing; the first of them is the one that is
 * pointed to.
 */
export function memberMissing(place: readonly string[], names: readonly string[]): ParseError {
  return new ParseError("member-missing", "a required member is missing", {
    field: [...place, ...names.slice(0, 1)].reduce<string>(pointer, ""),
    want: names.join(", "),
  });
}

/** "`digests`, `size` and `mediaType`" */
const inWords = (names: readonly string[]): string =>
  names
    .map((name) => `\`${name}\``)
    .join(", ")
    .replace(/, (?=[^,]*$)/, " and ");

/** Follows `$ref` into the components. */
function followed(schema: Schema | undefined, api: ApiDescription): Schema | undefined {
  if (schema?.$ref === undefined) return schema;
  return followed(api.components.schemas[schema.$ref.replace("#/components/schemas/", "")], api);
}
