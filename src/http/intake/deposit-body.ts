/**
 * The JSON body of a deposit, with its record apart: a record may hold millions of values, of which this service needs
 * only the RFC 8785 bytes and their digests. What stands beside it is small, and read as values.
 *
 * A few milliseconds of it may be worked on where requests are taken; a larger body is read elsewhere.
 */
import { ParseError } from "../../core/errors.js";
import type { CreateDigester } from "../../core/digest/digester.js";
import { digestContent, type MeasuredContent } from "../../core/digest/digests.js";
import { createCanonicalSink } from "../../core/record/canonical-text.js";
import { createValueSink, type JsonValue, RECORD_BOUNDS, refuseTooLarge } from "../../core/record/json.js";
import { type JsonSink, readJson } from "../../core/record/json-text.js";

export interface DepositBody {
  /** The body is as it was sent, but for `record`, which is null where there is one. */
  readonly body: JsonValue;
  readonly record?: CanonicalRecord;
}

/** A canonical record is a JSON record's RFC 8785 bytes, and what is deposited of them. */
export interface CanonicalRecord extends MeasuredContent {
  readonly bytes: Uint8Array;
}

/**
 * Reads a body, off the event loop where it may take long; `caller` names whose it is: callers are served in turn.
 */
export type ReadDepositBody = (bytes: Uint8Array, caller: string) => Promise<DepositBody>;

/** A body up to this size is read at once: 3 ms of the most numerous values, measured on Node 20. */
export const SMALL_BODY_BYTES = 16 * 1024;

/** So many values may stand beside the record: metadata, or digests. No deposit has a tenth of it. */
const MAX_VALUES_BESIDE = 1000;

/** Reads a deposit's body. Throws `ParseError` as `parseJson` does with exact numbers. */
export function readDepositBody(bytes: Uint8Array, createDigester: CreateDigester): DepositBody {
  const { sink, body, record } = createSplitSink(bytes.length);
  readJson(bytes, { numbers: "exact" }, sink);
  const canonical = record();
  if (canonical === undefined) return { body: body() };
  // Spelled anew it may be larger than it came, and what is deposited must be one that verifies.
  refuseTooLarge(canonical, RECORD_BOUNDS.bytes);
  return { body: body(), record: { bytes: canonical, ...digestContent(canonical, createDigester) } };
}

interface SplitSink {
  readonly sink: JsonSink;
  body(): JsonValue;
  record(): Uint8Array | undefined;
}

function createSplitSink(sizeHint: number): SplitSink {
  const values = createValueSink();
  let record: ReturnType<typeof createCanonicalSink> | undefined;
  /** Takes what comes: the record's own from its name to its end. */
  let current: JsonSink = values;
  /** Containers that are open, and values beside the record. */
  let [depth, count] = [0, 0];
  const forValue = (): JsonSink => {
    if (current === values && ++count > MAX_VALUES_BESIDE)
      throw new ParseError("json-too-many-values", "too many values beside the record", {
        want: `at most ${MAX_VALUES_BESIDE}`,
      });
    return current;
  };
  /** Where a value has ended beside which only the body's own members stand, the record has. */
  const endValue = () => {
    if (depth === 1) current = values;
  };
  const sink: JsonSink = {
    beginObject() {
      forValue().beginObject();
      depth += 1;
    },
    beginArray() {
      forValue().beginArray();
      depth += 1;
    },
    name(name) {
      current.name(name);
      if (depth !== 1 || name !== "record") return;
      values.scalar(null);
      current = record = createCanonicalSink(sizeHint);
    },
    endObject() {
      current.endObject();
      depth -= 1;
      endValue();
    },
    endArray() {
      current.endArray();
      depth -= 1;
      endValue();
    },
    scalar(value) {
      forValue().scalar(value);
      endValue();
    },
  };
  return { sink, body: values.value, record: () => record?.bytes() };
}
