/** The public verifier in a process of its own, for real: what is done to that process costs whoever waits for it, and nobody else. */
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PoolOptions, ThreadRequest } from "../../../src/programs/verifying/verification-pool.js";
import type { VerificationProcess } from "../../../src/programs/verifying/verification-process.js";
import { eventually } from "../../story/eventually.js";

// It is served last, and on a busy machine that takes its time.
jest.setTimeout(120_000);
const root = join(import.meta.dirname, "../../..");
/** The built one: the process that it starts is a file beside it. */
const { createVerificationProcess } = (await import(
  pathToFileURL(join(root, "dist/src/programs/verifying/verification-process.js")).href
)) as { createVerificationProcess: (options: PoolOptions) => VerificationProcess };

const running: VerificationProcess[] = [];
afterEach(() => Promise.all(running.splice(0).map((one) => one.close())));
const verifier = (options: Omit<PoolOptions, "templates"> = {}): VerificationProcess => {
  const made = createVerificationProcess({ templates: [join(root, "templates")], ...options });
  running.push(made);
  return made;
};

const vector = (name: string): ThreadRequest => {
  const read = (file: string) =>
    new Uint8Array(readFileSync(join(root, "test/vectors/evidence", name, file)));
  return { file: read("evidence.json"), consortium: read("consortium.json"), parties: [] };
};
/** A record of which the canonical form is compared: parsed it is many times as much in memory. */
const swelling = (): ThreadRequest => {
  const members = Array.from({ length: 1_000_000 }, (_, i) => `"${i}":${i}`);
  return { ...vector("happy-path-with-record"), record: Buffer.from(`{${members.join(",")}}`) };
};
const verified = { report: { verdict: "verified" } };

/** The processes that this one has started as verifiers. */
function children(): readonly number[] {
  const listed = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], {
    encoding: "utf8",
  });
  return listed
    .split("\n")
    .filter((line) => line.includes("verification-child"))
    .map((line) => Number.parseInt(line, 10));
}
async function onlyChild(): Promise<number> {
  return eventually("the verifier runs", () => {
    const [child, ...others] = children();
    return others.length === 0 ? child : undefined;
  });
}
const threadsOf = (pid: number): readonly string[] => readdirSync(`/proc/${pid}/task`);
/** Field 19 of its `stat` (proc(5)), counted behind the name, which may hold spaces. */
const niceOf = (pid: number, thread: string): number => {
  const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
};
/** It has what it is asked, and judges nothing until it is told to go on. */
const hold = (pid: number) => process.kill(pid, "SIGSTOP");

describe("the verifier's process", () => {
  it("starts with the first file, and answers as the verifier does, more files than it has threads", async () => {
    const { answer, isFailing } = verifier();
    expect(children()).toEqual([]);
    const names = ["happy-path", "altered-batch_fail", "trust-file-not-json_incomplete", "happy-path"];
    const answers = await Promise.all(names.map((name) => answer(vector(name))));
    expect(answers).toMatchObject(
      ["verified", "refused", "incomplete", "verified"].map((verdict) => ({ report: { verdict } })),
    );
    expect(isFailing()).toBe(false);
  });

  it("takes files in pieces, of whatever length, and each for what it is", async () => {
    const { answer } = verifier();
    const record = readFileSync(join(root, "test/vectors/evidence/happy-path-with-record/record"));
    const request = vector("happy-path-with-record");
    const padded = (bytes: number) => Buffer.concat([Buffer.alloc(bytes, " "), record]);
    // On both sides of the ends of pieces; JSON may begin with white space.
    for (const bytes of [0, 1, 128 * 1024 - record.length, 128 * 1024 - record.length + 1, 300_000])
      expect(await answer({ ...request, record: padded(bytes) })).toMatchObject(verified);
    expect(await answer({ ...request, record: new Uint8Array() })).toMatchObject({
      report: { verdict: "refused" },
    });
    expect(await answer({ ...request, file: new Uint8Array() })).not.toMatchObject(verified);
    // Two at one time do not mix.
    const [one, other] = await Promise.all([
      answer({ ...request, record: padded(700_000) }),
      answer({ ...request, record: Buffer.alloc(700_000, "x") }),
    ]);
    expect([one, other]).toMatchObject([verified, { report: { verdict: "refused" } }]);
  });

  it("is nobody's but its own death: killed at work it is `overloaded`, and the next file starts another", async () => {
    const { answer, isFailing } = verifier({ threads: 1 });
    await answer(vector("happy-path"));
    const first = await onlyChild();
    hold(first);
    const refused = expect(answer(vector("happy-path"))).rejects.toMatchObject({
      code: "overloaded",
      detail: { retryAfterSeconds: 60 },
    });
    process.kill(first, "SIGKILL");
    await refused;
    expect(isFailing()).toBe(true);
    expect(await answer(vector("happy-path"))).toMatchObject(verified);
    expect(isFailing()).toBe(false);
    expect(await onlyChild()).not.toBe(first);
  });

  it("is served last by the operating system, with every thread", async () => {
    if (process.platform !== "linux") {
      console.warn("SKIPPED: only Linux says what priority each thread has");
      return;
    }
    const { answer } = verifier();
    await Promise.all(["happy-path", "happy-path", "happy-path"].map((name) => answer(vector(name))));
    const child = await onlyChild();
    const nice = threadsOf(child).map((thread) => niceOf(child, thread));
    expect(nice.length).toBeGreaterThan(2);
    expect(new Set(nice)).toEqual(new Set([constants.priority.PRIORITY_LOW]));
  });

  it("says `stopping` to whoever is not answered at its close, and leaves no process", async () => {
    const one = verifier({ threads: 1 });
    await one.answer(vector("happy-path"));
    hold(await onlyChild());
    // Some of them are with the process, and some in line.
    const asked = Array.from({ length: 5 }, () => one.answer(vector("happy-path")));
    const settled = Promise.allSettled(asked);
    await one.close();
    for (const outcome of await settled)
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "stopping" } });
    expect(children()).toEqual([]);
    await expect(one.answer(vector("happy-path"))).rejects.toMatchObject({ code: "stopping" });
    expect(children()).toEqual([]);
  });

  it("gives up a file that takes too much memory, and lives", async () => {
    const { answer } = verifier({ threads: 1, memoryMb: 48, timeoutMs: 90_000 });
    expect(await answer(vector("happy-path"))).toMatchObject(verified);
    const child = await onlyChild();
    await expect(answer(swelling())).rejects.toMatchObject({ code: "overloaded" });
    expect(await answer(vector("happy-path"))).toMatchObject(verified);
    expect(await onlyChild()).toBe(child);
  });

  it("takes 50 MB without keeping the loop of its parent", async () => {
    const { answer } = verifier({ threads: 1 });
    await answer(vector("happy-path"));
    // Of buffers alone: what else this process holds is the test's.
    const held = () => process.memoryUsage().external;
    const before = held();
    let [turns, most] = [0, 0];
    const looking = setInterval(() => {
      turns += 1;
      most = Math.max(most, held());
    }, 1);
    const request = { ...vector("happy-path-with-record"), record: Buffer.alloc(50e6, "x") };
    try {
      expect(await answer(request)).toMatchObject({ report: { verdict: "refused" } });
    } finally {
      clearInterval(looking);
    }
    // In one piece it would be one turn; there are 380 pieces.
    expect(turns).toBeGreaterThan(20);
    // The file itself, and not a copy of it in the channel.
    expect(most - before).toBeLessThan(90e6);
  });
});
