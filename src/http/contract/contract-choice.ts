/**
 * Bodies that may be of several kinds (`oneOf`): a record or its digests. A validator of all kinds at once can only say
 * that none fits. Each kind requires members that no other has, so what came says which is meant, and is judged as that.
 */
import { ParseError } from "../../core/errors.js";
import { pointer } from "../../core/record/json.js";
import { type ApiDescription, followed, type Schema } from "./contract-description.js";

/** The kinds that a body may be of: the schema itself where it has no `oneOf`. */
export function kindsOf(body: Schema, api: ApiDescription): readonly Schema[] {
  const { oneOf = [body] } = followed(body, api);
  return oneOf.map((kind) => followed(kind, api));
}

/** The index of the kind that is meant. Throws `member-missing` where nothing tells which. */
export function chooseBody(body: unknown, kinds: readonly Schema[]): number {
  // What is no object is refused alike whatever was meant.
  const isObject = typeof body === "object" && body !== null && !Array.isArray(body);
  return isObject && kinds.length > 1 ? meant(kinds, body) : 0;
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
