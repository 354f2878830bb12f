/**
 * The fields of a SEQUENCE, taken in their order: what a format does not name is refused, also at the end, where
 * common ASN.1 libraries skip it. And the plain values in them: object identifiers and small integers (times: times.ts).
 */
import { hex } from "../../core/bytes.js";
import { type Element, MalformedError, MAX_IDENTIFIER_BYTES, TAG } from "./der.js";

export interface Fields {
  /** Takes the next field, which must have one of these tags. */
  take(...tags: readonly number[]): Element;
  /** Takes the next field where it has this tag; else nothing is taken. */
  takeIf(tag: number): Element | undefined;
  /** Throws where a field is left. */
  end(): void;
}

export function fieldsOf(element: Element, what: string, tag: number = TAG.sequence): Fields {
  if (element.tag !== tag) throw new MalformedError(`${what}: another type than the format's`);
  let next = 0;
  const takeIf = (...tags: readonly number[]) => {
    const field = element.children[next];
    if (field === undefined || !tags.includes(field.tag)) return undefined;
    next++;
    return field;
  };
  return {
    takeIf,
    take(...tags) {
      const field = takeIf(...tags);
      if (field === undefined)
        throw new MalformedError(`${what}: field ${next + 1} is missing or of another type`);
      return field;
    },
    end() {
      if (next < element.children.length) throw new MalformedError(`${what}: a field too many`);
    },
  };
}

export function onlyChild({ children }: Element, what: string): Element {
  const [child] = children;
  if (child === undefined || children.length > 1) throw new MalformedError(`${what}: one value is wanted`);
  return child;
}

/**
 * Reads an object identifier as dotted decimals, `1.2.840.113549.1.7.2`. X.690, section 8.19. One that DER may not
 * have for its length, which BER can have where no signature covers it, is no number of anything: it is told apart by
 * its bytes, since arithmetic with a number of tens of thousands of bytes would take long.
 */
export function objectIdentifier({ content }: Element): string {
  if (content.length > MAX_IDENTIFIER_BYTES) return hex(content);
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const octet of content) {
    arc = (arc << 7n) | BigInt(octet & 0x7f);
    if (octet >= 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [first = 0n, ...rest] = arcs;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...rest].join(".");
}

/** Reads an INTEGER of at most three bytes that is not negative; undefined for any other. */
export function smallInteger({ content }: Element): number | undefined {
  if (content.length > 3 || (content[0] ?? 0) >= 0x80) return undefined;
  return content.reduce((value, octet) => value * 256 + octet, 0);
}
