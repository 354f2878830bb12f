/** The process of the public verifier: takes files in pieces, has its threads judge them, and ends with its parent. */
import { readdirSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { Refusal } from "../../notary/model/refusal.js";
import type { FromVerifier, Part, ToVerifier } from "./verification-process.js";
import { createVerificationPool, type ThreadRequest, type VerificationPool } from "./verification-pool.js";

yieldToAll();
let pool: VerificationPool | undefined;
let consortium: Uint8Array | undefined;
const given = new Map<number, Map<Part, Uint8Array[]>>();

process.on("message", (message: ToVerifier) => {
  if ("options" in message) pool = createVerificationPool(message.options);
  else if ("consortium" in message) consortium = message.consortium;
  else if ("piece" in message) {
    const { id, part, piece } = message;
    const parts = given.get(id) ?? new Map<Part, Uint8Array[]>();
    const pieces = parts.get(part) ?? [];
    given.set(id, parts.set(part, pieces));
    pieces.push(piece);
  } else void judge(message.id, message.ask);
});
process.on("disconnect", () => process.exit(0));

async function judge(id: number, ask: Omit<ThreadRequest, Part | "consortium">): Promise<void> {
  const parts = given.get(id) ?? new Map<Part, Uint8Array[]>();
  given.delete(id);
  if (pool === undefined || consortium === undefined)
    throw new Error("internal: asked before it was told how");
  const whole = ([part, pieces]: [Part, Uint8Array[]]) => [part, Buffer.concat(pieces)] as const;
  const { file = new Uint8Array(), ...others }: { [Name in Part]?: Uint8Array } = Object.fromEntries(
    [...parts].map(whole),
  );
  try {
    say({ id, answer: await pool.answer({ file, ...others, ...ask, consortium }) });
  } catch (error) {
    say({ id, overloaded: error instanceof Refusal ? error.message : "the verifier failed" });
  }
}

function say(message: FromVerifier): void {
  process.send?.(message);
}

/**
 * The lowest priority, for every thread that there is already (Linux gives each its own): threads to come have that of
 * the one that starts them.
 */
function yieldToAll(): void {
  const lowest = constants.priority.PRIORITY_LOW;
  setPriority(lowest);
  try {
    for (const thread of readdirSync("/proc/self/task")) setPriority(Number(thread), lowest);
  } catch {
    // Elsewhere the process has one priority, and it is set.
  }
}
