/** Records of any size verify: what is too large to be held is read in pieces, and of another size not at all. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createContentDigester, encodeDigests } from "../../../src/core/digest/digests.js";
import { encodeEvidence } from "../../../src/core/evidence/evidence.js";
import { RECORD_BOUNDS } from "../../../src/core/record/json.js";
import type { Report } from "../../../src/core/verify/report.js";
import { createDigester } from "../../../src/platform/keys/ed25519.js";
import { readRecord } from "../../../src/programs/verifying/read-record.js";
import { measuredVerify } from "../../../scripts/bench/hostile/measured-verify.js";
import { consortium, json, sampleEvidence, statement } from "../../../scripts/make-vectors/sample-world.js";
import { PROGRAM } from "../../../scripts/project.js";

/** Of zeros, which take no place on the disk. `LARGE_RECORD_BYTES=2411724800` for one that no buffer of Node 20 holds. */
const LARGE_BYTES = Number(process.env.LARGE_RECORD_BYTES ?? 268_435_456);
const HUGE_BYTES = 5 * 2 ** 30;
const MINUTES = 60_000 * Math.ceil(1 + LARGE_BYTES / 1e9);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cunzheng-record-"));
  writeFileSync(join(folder, "consortium.json"), json(consortium()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function zeros(name: string, bytes: number): string {
  const path = join(folder, name);
  const file = openSync(path, "w");
  ftruncateSync(file, bytes);
  closeSync(file);
  return path;
}

/** Evidence of so many zeros, and a last byte that is another where it is to differ. */
function evidenceOf(size: number, { differs = false } = {}): Uint8Array {
  const digester = createContentDigester(createDigester);
  const piece = new Uint8Array(1 << 20);
  for (let left = size - 1; left > 0; left -= piece.length)
    digester.update(piece.subarray(0, Math.min(left, piece.length)));
  const { digests } = digester.update(Uint8Array.of(differs ? 1 : 0)).finish();
  const { canonicalization: _, ...described } = statement({ digests: encodeDigests(digests), size });
  return encodeEvidence(sampleEvidence({ statement: described }).evidence);
}

const given = (evidence: Uint8Array, record: string) => {
  const file = join(folder, "evidence.json");
  writeFileSync(file, evidence);
  return { file, consortium: join(folder, "consortium.json"), record };
};
const verify = (evidence: Uint8Array, record: string) => measuredVerify(given(evidence, record), folder);

describe("cunzheng verify --record", () => {
  it(
    "verifies a large record in little memory, and refuses one whose last byte is another",
    async () => {
      const record = zeros("large", LARGE_BYTES);
      const { exitCode, verdict, megabytes } = await verify(evidenceOf(LARGE_BYTES), record);
      expect({ exitCode, verdict }).toEqual({ exitCode: 0, verdict: "verified" });
      expect(megabytes).toBeLessThan(200);
      expect(await verify(evidenceOf(LARGE_BYTES, { differs: true }), record)).toMatchObject({
        exitCode: 1,
        code: "record-sha-256",
      });
    },
    3 * MINUTES,
  );

  it("refuses one of another size without reading it", async () => {
    const { exitCode, code, cpuSeconds } = await verify(evidenceOf(1_000), zeros("huge", HUGE_BYTES));
    const small = await verify(evidenceOf(1_000), zeros("small", 999));
    expect({ exitCode, code }).toEqual({ exitCode: 1, code: "record-size" });
    expect(small.code).toBe("record-size");
    // Five gigabytes through two hash functions are not among what it has done.
    expect(cpuSeconds).toBeLessThan(3 * small.cpuSeconds + 1);
  }, 60_000);

  it("refuses one that is too large to be JSON, however large", async () => {
    const evidence = encodeEvidence(sampleEvidence().evidence);
    const { code, megabytes } = await verify(evidence, zeros("huge", HUGE_BYTES));
    expect(code).toBe("file-too-large");
    expect(megabytes).toBeLessThan(400);
  }, 60_000);

  it("takes one from a pipe, and says of it what it says of a file", () => {
    const bytes = RECORD_BOUNDS.bytes + 5_000;
    const { file, consortium: trust } = given(evidenceOf(bytes), "");
    const args = ["verify", file, "--consortium", trust, "--json", "--record", "/dev/stdin"];
    const piped = 'record=$1; shift; cat "$record" | "$@"';
    const { stdout } = spawnSync(
      "sh",
      ["-c", piped, "sh", zeros("piped", bytes), process.execPath, PROGRAM, ...args],
      { encoding: "utf8" },
    );
    expect((JSON.parse(stdout) as Report).verdict).toBe("verified");
  }, 60_000);
});

describe("readRecord", () => {
  it("holds what may be JSON or a text, and measures what is larger", async () => {
    const question = { most: RECORD_BOUNDS.bytes, tell: () => undefined, createDigester };
    const read = (path: string, size: number) => readRecord(path, { ...question, wantedSize: () => size });
    const [most, over] = [RECORD_BOUNDS.bytes, RECORD_BOUNDS.bytes + 1];
    expect(await read(zeros("held", most), 7)).toHaveLength(most);
    expect(await read(zeros("over", over), over)).toMatchObject({
      size: over,
      digests: { sm3: expect.anything() },
    });
    expect(await read(zeros("over", over), 7)).toEqual({ size: over });
  });
});
