/** What the notary needs of the machine it runs on: clock, randomness, fast hashes, free disk. */
import { hash, randomFillSync } from "node:crypto";
import { statfs } from "node:fs/promises";
import { ulid } from "ulid";
import type { Ports } from "../../notary/ports/ports.js";
import { createDigester } from "../../platform/keys/ed25519.js";
import { wallClockMs } from "../../platform/wall-clock.js";
import { VERIFIERS } from "../../platform/keys/verifiers.js";
import { verifyX509Signature } from "../../platform/keys/x509-signature.js";

type SystemPorts = Pick<
  Ports,
  | "pid"
  | "now"
  | "monotonicMs"
  | "randomBytes"
  | "nextId"
  | "hashOnce"
  | "createDigester"
  | keyof typeof VERIFIERS
  | "verifyX509Signature"
  | "freeBytes"
>;

/** `originals` may be a disk of its own, and not be there yet: then it is a folder of the data folder's. */
export function systemPorts(dataFolder: string, originals = dataFolder): SystemPorts {
  const random = randomFractions();
  const freeBytes = {
    data: rememberingFor(FREE_BYTES_AGE_MS, () => freeBytesOf(dataFolder)),
    originals: rememberingFor(FREE_BYTES_AGE_MS, () =>
      freeBytesOf(originals).catch(() => freeBytesOf(dataFolder)),
    ),
  };
  return {
    pid: process.pid,
    now: wallClockMs,
    monotonicMs: () => performance.now(),
    randomBytes: pooledRandomBytes(),
    // Not the monotonic kind, which counts up within a millisecond: whoever has an id would have its neighbours'.
    nextId: (atMs) => ulid(atMs, random),
    hashOnce: (bytes) => hash("sha256", bytes, "buffer"),
    createDigester,
    ...VERIFIERS,
    verifyX509Signature,
    freeBytes: (of) => freeBytes[of](),
  };
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Asked before every group of deposits, hundreds of times a second; the reserve is far larger than what that long fills. */
const FREE_BYTES_AGE_MS = 100;

function rememberingFor<T>(ageMs: number, ask: () => Promise<T>): () => Promise<T> {
  let askedAtMs = -Infinity;
  let answer: Promise<T> | undefined;
  return () => {
    if (answer === undefined || performance.now() - askedAtMs >= ageMs) {
      askedAtMs = performance.now();
      answer = ask();
    }
    return answer;
  };
}

/** A nonce and a secret are no longer; what is longer is asked for by itself. */
const POOLED_BYTES = 32;

/** Random bytes out of a pool: one call to the generator costs as much as many. What was given leaves the pool. */
function pooledRandomBytes(): (length: number) => Uint8Array {
  const pool = new Uint8Array(4096);
  let next = pool.length;
  return (length) => {
    if (length > POOLED_BYTES) return randomFillSync(new Uint8Array(length));
    if (next + length > pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    const taken = pool.slice(next, next + length);
    pool.fill(0, next, next + length);
    next += length;
    return taken;
  };
}

/** Numbers from 0 up to, and not including, 1: out of a pool, since one call to the generator costs as much as many. */
function randomFractions(): () => number {
  const pool = new Uint32Array(1024);
  let next = pool.length;
  return () => {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    return (pool[next++] as number) / 2 ** 32;
  };
}
