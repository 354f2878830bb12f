/**
 * Files that try to cost a verifier more than they are worth: of one kind of thing as many as fit, at a size that is refused
 * for itself, or as large as the bounds of docs/evidence-format.md, section 1.4, let them be. For tests and the bench.
 */
import { base64, utf8 } from "../../../src/core/bytes.js";
import { publicKeyFromSeed } from "../../../src/core/ledger/ed25519.js";
import { formatVkey, SIGNATURE_TYPE } from "../../../src/core/ledger/vkey.js";

/** The text that fills up to `bytes` bytes: `open`, pieces with a comma between them, `close`. */
function filled(bytes: number, open: string, piece: (index: number) => string, close: string): string {
  const pieces: string[] = [];
  let size = open.length + close.length;
  for (let i = 0; ; i++) {
    const next = piece(i);
    size += next.length + 1;
    if (size > bytes) return `${open}${pieces.join(",")}${close}`;
    pieces.push(next);
  }
}

const repeated = (bytes: number, open: string, piece: string, close: string): string =>
  `${open}${piece.repeat(Math.floor((bytes - open.length - close.length) / piece.length))}${close}`;

const organisation = (i: number, id = `o${i}`) =>
  `{"id":"${id}","role":"court","name":{"zh":"${i}","en":"${i}"},"creditCode":"c${i}","controlledBy":"o${i + 1}"}`;

/** One thing many times, in `bytes` bytes at most. */
export const HOSTILE_JSON: Readonly<Record<string, (bytes: number) => string>> = {
  "tiny objects": (bytes) => repeated(bytes, "[{}", ",{}", "]"),
  "members of one object": (bytes) => filled(bytes, "{", (i) => `"${i.toString(36)}":0`, "}"),
  numbers: (bytes) => repeated(bytes, "[1", ",1", "]"),
  "one number": (bytes) => "1".repeat(bytes),
  "one string": (bytes) => repeated(bytes, '"', "x", '"'),
  escapes: (bytes) => repeated(bytes, '"', "\\n", '"'),
  nesting: (bytes) => "[".repeat(bytes),
  "white space": (bytes) => " ".repeat(bytes),
  "one signature line": (bytes) =>
    repeated(bytes, '{"type":"cunzheng/evidence@v1","ledgerProof":"', "x", '"}'),
  "lines of a note": (bytes) =>
    repeated(bytes, '{"type":"cunzheng/challenge@v1","receipt":"', "\\n", '","checkpoint":"a"}'),
  "junk tokens": (bytes) =>
    filled(bytes, '{"type":"cunzheng/evidence@v1","timestamps":[', () => '{"token":"AAAA"}', "]}"),
  checkpoints: (bytes) =>
    filled(bytes, '{"type":"cunzheng/misconduct@v1","checkpoints":[', () => '"a"', "]}"),
  "a chain of controlledBy": (bytes) =>
    filled(bytes, '{"type":"cunzheng/consortium@v1","organisations":[', organisation, "]}"),
  "no JSON": (bytes) => "—".repeat(Math.floor(bytes / 3)),
};

interface TrustFile {
  readonly organisations: readonly object[];
  readonly witnesses: readonly { readonly name: string; readonly organisation: string }[];
}

/**
 * A sound trust file with as many organisations, cosigners and named tree sizes as there may be: `file` with a chain of
 * organisations, each controlled by the next, and a cosigner of every other one, that counts between sizes of its own.
 */
export function largeTrustFile<T extends TrustFile>(
  file: T,
  most: { organisations: number; witnesses: number },
): T {
  const organisations = Array.from({ length: most.organisations - file.organisations.length }, (_, i) => ({
    id: `o${i}`,
    role: "court",
    name: { zh: `法院${i}`, en: `Court ${i}` },
    creditCode: `code-${i}`,
    // Chains of a hundred: many groups, and none of them small.
    ...(i % 100 > 0 && { controlledBy: `o${i - 1}` }),
  }));
  const witnesses = Array.from({ length: most.witnesses - file.witnesses.length }, (_, i) => {
    const name = `node-${i}.example`;
    const publicKey = publicKeyFromSeed(utf8(String(i).padStart(32, "k")));
    return {
      name,
      kind: "mirror",
      vkeys: [formatVkey({ name, type: SIGNATURE_TYPE.cosignature, publicKey })],
      organisation: `o${i % organisations.length}`,
      url: `https://${name}`,
      from: 2 * i + 1,
      until: 1_000_000 + 2 * i,
    };
  });
  return {
    ...file,
    organisations: [...file.organisations, ...organisations],
    witnesses: [...file.witnesses, ...witnesses],
  };
}

/** Tokens that are none, a hundred of them, in `bytes` bytes. */
export const largeTokens = (bytes: number): { readonly token: string }[] =>
  Array.from({ length: 100 }, () => ({
    token: base64(new Uint8Array(Math.floor(((bytes / 100 - 20) * 3) / 4)).fill(0x30)),
  }));
