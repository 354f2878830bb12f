/** Changes of the vectors, each spoilt at one place chosen at random, with what core says of them. */
import { ACCEPTED_CHANGES } from "../../scripts/make-vectors/membership-cases.js";
import { utf8 } from "../../src/core/bytes.js";
import { sha256 } from "../../src/core/digest/sha256.js";
import { hashTrustFile } from "../../src/core/membership/change.js";
import { beginHistory, continueHistory } from "../../src/core/membership/history.js";
import { canonicalJson } from "../../src/core/record/canonical.js";
import { VERIFIERS } from "../../src/platform/keys/verifiers.js";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** The numbers of one seed, always the same. */
function numbers(seed: string): (below: number) => number {
  let count = 0;
  return (below) => new DataView(sha256(utf8(`${seed} ${count++}`)).buffer).getUint32(0) % below;
}

/** Every place in `value` that a path leads to. */
function places(value: Json, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, each]) => places(each, [...path, name]))];
}

function spoil(value: Json, [step, ...rest]: readonly string[], by: (value: Json) => Json | undefined): Json {
  if (step === undefined) return by(value) ?? value;
  const container = value as Record<string, Json>;
  const inner = container[step] as Json;
  const changed = rest.length === 0 ? by(inner) : spoil(inner, rest, by);
  if (Array.isArray(value))
    return value.flatMap((each, i) => (String(i) !== step ? [each] : changed === undefined ? [] : [changed]));
  const { [step]: _, ...others } = container;
  return changed === undefined ? others : { ...others, [step]: changed };
}

export interface SpoiltChange {
  readonly name: string;
  readonly before: object;
  readonly index: number;
  readonly entry: string;
  /** Undefined where it is still a change. */
  readonly code?: string;
  readonly after?: string;
  readonly approvals?: readonly object[];
}

export function spoiltChanges(count: number): readonly SpoiltChange[] {
  const next = numbers("changes");
  return Array.from({ length: count }, (_, i) => {
    const { before, index, entry } = ACCEPTED_CHANGES[
      next(ACCEPTED_CHANGES.length)
    ] as (typeof ACCEPTED_CHANGES)[number];
    const value = JSON.parse(entry) as Json;
    // Without its type it does not even claim to be a change.
    const all = places(value).filter(([first]) => first !== undefined && first !== "type");
    const path = all[next(all.length)] as readonly string[];
    const other = all[next(all.length)] as readonly string[];
    const elsewhere = other.reduce<Json>((at, step) => (at as Record<string, Json>)[step] as Json, value);
    const ways: ((value: Json) => Json | undefined)[] = [
      () => undefined,
      () => elsewhere,
      (each) =>
        typeof each === "string" ? each.slice(1) : typeof each === "number" ? each + next(100) : [each],
      (each) => (typeof each === "string" ? each.replace(/[a-z]/, "x") : null),
      (each) => (typeof each === "number" ? -1 : elsewhere),
    ];
    const spoilt = spoil(value, path, ways[next(ways.length)] as (each: Json) => Json | undefined);
    const text = Buffer.from(canonicalJson(spoilt)).toString("utf8");
    return { name: `${i} ${path.join("/")}`, before, index, entry: text, ...judged(before, index, text) };
  });
}

function judged(
  before: (typeof ACCEPTED_CHANGES)[number]["before"],
  index: number,
  entry: string,
): Pick<SpoiltChange, "code" | "after" | "approvals"> {
  const history = continueHistory(beginHistory(before), { index, entry: utf8(entry) }, VERIFIERS);
  const [{ problem, applied } = {}] = history.happened;
  if (problem !== undefined) return { code: problem.code };
  const approvals = applied?.approvals.cosigners.map(({ name, reason }) => ({ name, reason })) ?? [];
  return { after: hashTrustFile(history.present), approvals };
}
