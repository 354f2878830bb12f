/** A log that lies: it grows in two ways at once, and rewrites what has been cosigned. All of it under its own key. */
import { hashLeaf } from "../../src/core/merkle/hash.js";
import { proveConsistency } from "../../src/core/merkle/tree.js";
import type { TestLog } from "../witness-node/test-log.js";

/** Both extend the first `size` entries, and contradict each other from there on. */
export function growTwoWays(
  log: TestLog,
  { size, by, name }: { readonly size: number; readonly by: number; readonly name: string },
): readonly TestLog[] {
  return ["one", "other"].map((way) => {
    const places = Array.from({ length: by }, (_, i) => size + i);
    return places.reduce((grown, at) => grown.withEntry(at, `${at}, ${way} way of ${name}`), log);
  });
}

/** What a log offers once it has rewritten an entry, and the status with which tlog-witness refuses it. */
export const FORKS = {
  "same size, other root": 422,
  "larger, with its own proof": 422,
  "larger, with the true branch's proof": 422,
  "from an older size": 409,
  "from nothing": 409,
} as const;
export type ForkKind = keyof typeof FORKS;

/** Requests that rewrite the entry `at`, for a witness that has cosigned `size` entries of `log`, which has more. */
export function forksOf(
  log: TestLog,
  { size, at }: { readonly size: number; readonly at: number },
): readonly { readonly kind: ForkKind; readonly request: Uint8Array }[] {
  const larger = size + 1;
  const rewritten = log.withEntry(at, "another entry");
  const fork = rewritten.withEntry(size, "gone on with");
  const grown = log.withEntry(size, "the true next one");
  const trueProof = proveConsistency(grown.entries.slice(0, larger).map(hashLeaf), size).path;
  const requests: Readonly<Record<ForkKind, Uint8Array>> = {
    "same size, other root": fork.request({ old: size, size }),
    "larger, with its own proof": fork.request({ old: size, size: larger }),
    "larger, with the true branch's proof": fork.request({ old: size, size: larger, proof: trueProof }),
    "from an older size": fork.request({ old: size - 1, size }),
    "from nothing": fork.request({ old: 0, size: larger }),
  };
  return Object.entries(requests).map(([kind, request]) => ({ kind: kind as ForkKind, request }));
}
