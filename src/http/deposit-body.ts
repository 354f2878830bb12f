/**
 * The JSON body of a deposit, with its record apart: a record may hold millions of values, of which this service needs
 * only the RFC 8785 bytes and their digests. What stands beside it is small, and read as values.
 *
 * A few milliseconds of it may be worked on where requests are taken; a larger body is read elsewhere.
 */
import { ParseError } from "../core/errors.js";
import type { CreateDigester } from "../core/digest/digester.js";
import { digestContent, type MeasuredContent } from "../core/digest/digests.js";
import { createCanonicalSink } from "../core/record/canonical-text.js";
import { createValueSink, type JsonValue, RECORD_BOUNDS, refuseTooLarge } from "../core/record/json.js";
import { type JsonSink, readJson } from "../core/record/json-text.js";

export interface DepositBody {
  /** As it was sent, but for `record`, which is null where there is one. */
  readonly body: JsonValue;
  readonly record?: MeasuredRecord;
}

/** A JSON record's RFC 8785 bytes, and what is deposited of them. */
export interface MeasuredRecord extends MeasuredContent {
  readonly bytes: Uint8Array;
}

/** Reads a body: off the event loop, where it may take long. `caller`: callers are served in turn. */
export type ReadDepositBody = (bytes: Uint8Array, caller: string) => Promise<DepositBody>;

/** A body up to this size is read at once: 3 ms of the most numerous values, measured on Node 20. */
export const SMALL_BODY_BYTES = 16 * 1024;

/** Beside the record: metadata, or digests. No deposit has a tenth of it. */
const MAX_VALUES_BESIDE = 1000;

/** Throws `ParseError` as `parseJson` does with exact numbers. */
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
  /** Containers that are open; and whether what comes is of the record. */
  let [depth, isRecord, count] = [0, false, 0];
  const target = (): JsonSink => {
    if (isRecord && record !== undefined) return record;
    if (++count > MAX_VALUES_BESIDE)
      throw new ParseError("json-too-many-values", "too many values beside the record", {
        want: `at most ${MAX_VALUES_BESIDE}`,
      });
    return values;
  };
  const end = () => {
    depth -= 1;
    if (depth === 1) isRecord = false;
  };
  const sink: JsonSink = {
    beginObject() {
      target().beginObject();
      depth += 1;
    },
    beginArray() {
      target().beginArray();
      depth += 1;
    },
    name(name) {
      (isRecord && record !== undefined ? record : values).name(name);
      if (depth !== 1 || name !== "record") return;
      values.scalar(null);
      record = createCanonicalSink(sizeHint);
      isRecord = true;
    },
    endObject() {
      (isRecord && record !== undefined ? record : values).endObject();
      end();
    },
    endArray() {
      (isRecord && record !== undefined ? record : values).endArray();
      end();
    },
    scalar(value) {
      target().scalar(value);
      if (depth === 1) isRecord = false;
    },
  };
  return { sink, body: values.value, record: () => record?.bytes() };
}
