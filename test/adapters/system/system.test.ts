import { tmpdir } from "node:os";
import { describe, expect, it } from "@jest/globals";
import { systemPorts } from "../../../src/adapters/system/system.js";
import { hex, utf8 } from "../../../src/core/bytes.js";
import { sha256 } from "../../../src/core/digest/sha256.js";
import { isUlid } from "../../../src/core/record/id.js";

const system = systemPorts(tmpdir());

describe("the machine's ports", () => {
  it("give ULIDs of the time, of which one does not tell the next within the same millisecond", () => {
    const at = 1_700_000_000_000;
    const ids = Array.from({ length: 2000 }, () => system.nextId(at));
    expect(ids.every(isUlid)).toBe(true);
    expect(new Set(ids.map((id) => id.slice(0, 10)))).toEqual(new Set([system.nextId(at).slice(0, 10)]));
    // 80 random bits: even their first 40 are not alike in 2,000, but for once in a million runs.
    expect(new Set(ids.map((id) => id.slice(10, 18))).size).toBe(ids.length);
  });

  it("hash, and give random bytes that are not each other's memory", () => {
    expect(hex(system.hashOnce(utf8("abc")))).toBe(hex(sha256(utf8("abc"))));
    const [a, b] = [system.randomBytes(16), system.randomBytes(16)];
    expect(a).toHaveLength(16);
    expect(a.buffer).not.toBe(b.buffer);
    expect(hex(a)).not.toBe(hex(b));
  });

  it("know the free space", async () => {
    for (const disk of ["data", "originals"] as const)
      expect(await system.freeBytes(disk)).toBeGreaterThan(0);
  });
});
