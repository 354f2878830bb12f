/**
 * A trust file's fingerprint, for two people at the telephone: the whole SHA-256 of its RFC 8785 bytes as a decimal
 * of 78 digits, and two check digits, in 16 groups of five.
 *
 * All 256 bits, because a fingerprint cut to n bits stops somebody who has to meet a given file with 2^n tries, but
 * somebody who may choose both files (one to be approved, one to be handed out) with 2^(n/2): 128 bits against both
 * take 256. Digits, because they are read aloud alike in Chinese and in English and nobody has to spell.
 * The check digits (ISO 7064, MOD 97-10, as in an IBAN) tell a slip of the tongue from another file.
 */
import { hex } from "../bytes.js";
import { sha256 } from "../digest/sha256.js";
import type { TrustFile } from "../trust/trust-file.js";
import { encodeTrustFile } from "./change.js";

const DIGITS = 78; // 10^78 > 2^256.
const GROUP = 5;
const GROUPS_A_LINE = 4;

/** Gives the fingerprint as 16 groups of five digits. */
export function fingerprintOf(trustFile: TrustFile): readonly string[] {
  const digits = BigInt(`0x${hex(sha256(encodeTrustFile(trustFile)))}`)
    .toString()
    .padStart(DIGITS, "0");
  const check = 98n - ((BigInt(digits) * 100n) % 97n);
  return groupsOf(digits + check.toString().padStart(2, "0"));
}

/** Prints a fingerprint as four lines of four groups. */
export function formatFingerprint(groups: readonly string[]): string {
  const lines = Array.from({ length: groups.length / GROUPS_A_LINE }, (_, i) =>
    groups.slice(GROUPS_A_LINE * i, GROUPS_A_LINE * (i + 1)).join(" "),
  );
  return lines.map((line) => `${line}\n`).join("");
}

export type Comparison =
  | { readonly outcome: "equal" }
  /** It is no fingerprint: a digit was lost, or misheard or mistyped. `group` is the first that differs, from 1. */
  | { readonly outcome: "misheard"; readonly group: number | undefined }
  /** It is the fingerprint of another file. */
  | { readonly outcome: "different"; readonly group: number };

/** Compares a fingerprint with what was `heard`: digits, with white space and hyphens anywhere. */
export function compareFingerprint(groups: readonly string[], heard: string): Comparison {
  const digits = heard.replace(/[\s-]/g, "");
  if (digits === groups.join("")) return { outcome: "equal" };
  const theirs = groupsOf(digits);
  const at = groups.findIndex((group, i) => group !== theirs[i]);
  const group = at < 0 ? undefined : at + 1;
  const isWhole = /^[0-9]{80}$/.test(digits) && BigInt(digits) % 97n === 1n;
  return isWhole && group !== undefined ? { outcome: "different", group } : { outcome: "misheard", group };
}

function groupsOf(digits: string): string[] {
  return digits.match(new RegExp(`.{1,${GROUP}}`, "gu")) ?? [];
}
