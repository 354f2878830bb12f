/**
 * The attachments of a PDF that another program has written again, cut off or damaged: found by going through the file from
 * object to object, wherever its tables point. Their content is believed nothing here; which of two of one name was meant can't
 * be told, so all are given. Work is linear in the file, and what is inflated is bounded.
 */
import { equalBytes } from "../../../core/bytes.js";
import { PdfName, PdfPointer, type PdfDictionary, type PdfValue } from "../pdf-values.js";
import { inflateWithin } from "./bounded-inflate.js";
import { LooseObjects, type LooseObject } from "./loose-objects.js";

export interface LooseAttachments {
  /** Gives each different content of that name once; not more than two of them. */
  named(name: string): readonly Uint8Array[];
  readonly hasObjects: boolean;
  readonly isEncrypted: boolean;
}

/** All that is ever read or made in inflating the streams of one file. */
const MAX_INFLATED_BYTES = 32_000_000;
const MAX_SPECIFICATIONS = 64;

export function looseAttachments(bytes: Uint8Array): LooseAttachments {
  const objects = new LooseObjects(bytes);
  const contents = new Map<LooseObject, Uint8Array | undefined>();
  const found: { readonly name: string; readonly stream: PdfValue | undefined }[] = [];
  let left = MAX_INFLATED_BYTES;

  for (const object of objects.dictionaries()) {
    collect(object.value);
    if (nameOf(object.value.get("Type")) === "ObjStm") collectInside(object);
  }

  /** Section 7.5.7: values that stand behind one another in one stream. */
  function collectInside(object: LooseObject): void {
    const [first, count] = [object.value.get("First"), object.value.get("N")];
    const content = contentOf(object);
    if (content === undefined || typeof first !== "number" || typeof count !== "number") return;
    for (const inside of objects.inside(content, { first, count })) collect(inside);
  }

  /** Section 7.11.3: a file specification names a file and leads to its stream. */
  function collect(value: PdfValue): void {
    if (Array.isArray(value)) return (value as readonly PdfValue[]).forEach(collect);
    if (!(value instanceof Map)) return;
    const dictionary = value as PdfDictionary;
    const embedded = dictionary.get("EF");
    if (embedded instanceof Map && found.length < MAX_SPECIFICATIONS) {
      const names = new Set([dictionary.get("UF"), dictionary.get("F")].map(textOf));
      const stream = (embedded as PdfDictionary).get("F") ?? (embedded as PdfDictionary).get("UF");
      for (const name of names) if (name !== undefined) found.push({ name, stream });
    }
    dictionary.forEach(collect);
  }

  /** Gives what a stream holds: each is inflated once. */
  function contentOf(object: LooseObject): Uint8Array | undefined {
    if (!contents.has(object)) contents.set(object, readContent(object));
    return contents.get(object);
  }

  function readContent(object: LooseObject): Uint8Array | undefined {
    const stream = objects.streamOf(object);
    if (stream === undefined) return undefined;
    const [filter, ...more] = [object.value.get("Filter") ?? []].flat() as PdfValue[];
    if (filter === undefined) return stream;
    const parameters = [object.value.get("DecodeParms") ?? []].flat() as PdfValue[];
    const isPlain = parameters.every((one) => one === null || (one instanceof Map && !one.has("Predictor")));
    if (more.length > 0 || !isPlain || !["FlateDecode", "Fl"].includes(nameOf(filter) ?? ""))
      return undefined;
    const { content, work } = inflateWithin(stream, left);
    left = Math.max(0, left - work);
    return content;
  }

  return {
    hasObjects: objects.count > 0,
    isEncrypted: objects.isEncrypted,
    named(wanted) {
      const pointers = found.flatMap(({ name, stream }) =>
        name === wanted && stream instanceof PdfPointer ? [stream.id] : [],
      );
      const different: Uint8Array[] = [];
      for (const object of [...new Set(pointers)].flatMap((id) => objects.withId(id))) {
        const content = contentOf(object);
        if (content !== undefined && !different.some((one) => equalBytes(one, content)))
          different.push(content);
        if (different.length > 1) break;
      }
      return different;
    },
  };
}

const nameOf = (value: PdfValue | undefined): string | undefined =>
  value instanceof PdfName ? value.name : undefined;

/** Section 7.9.2.2: UTF-16BE behind a byte order mark; our names are ASCII in both encodings. */
function textOf(value: PdfValue | undefined): string | undefined {
  if (typeof value !== "string") return undefined;
  if (!value.startsWith("\u00fe\u00ff")) return value;
  return value
    .slice(2)
    .replace(/([^])([^])/g, (_, high: string, low: string) =>
      String.fromCharCode(256 * high.charCodeAt(0) + low.charCodeAt(0)),
    );
}
