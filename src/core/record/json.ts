/** JSON as values: what is read strictly, and kept. docs/evidence-format.md, "Strict JSON". */
import { type JsonOptions, type JsonSink, readJson } from "./json-text.js";

export {
  FORMAT_BOUNDS,
  hasLoneSurrogate,
  pointer,
  RECORD_BOUNDS,
  refuseTooLarge,
  tooLarge,
} from "./json-text.js";

export type JsonValue = null | boolean | number | string | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
/** An object has no prototype here, so that `__proto__` and `constructor` are names like any other. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** Reads one JSON value and white space around it. Throws as `readJson`. */
export function parseJson(bytes: Uint8Array, options: JsonOptions): JsonValue {
  const sink = createValueSink();
  readJson(bytes, options, sink);
  return sink.value();
}

type Container = Record<string, JsonValue> | JsonValue[];

/** Makes the sink with which `parseJson` makes its value. */
export function createValueSink(): JsonSink & { value(): JsonValue } {
  const around: Container[] = [];
  const names: string[] = [];
  let value: JsonValue = null;
  const put = (next: JsonValue) => {
    const container = around.at(-1);
    if (container === undefined) value = next;
    else if (Array.isArray(container)) container.push(next);
    else container[names.pop() as string] = next;
  };
  const begin = (container: Container) => {
    put(container as JsonValue);
    around.push(container);
  };
  return {
    beginObject: () => begin(Object.create(null) as Record<string, JsonValue>),
    name: (name) => names.push(name),
    endObject: () => around.pop(),
    beginArray: () => begin([]),
    endArray: () => around.pop(),
    scalar: put,
    value: () => value,
  };
}
