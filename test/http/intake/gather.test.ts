import { describe, expect, it } from "@jest/globals";
import { createGathered, createPieces } from "../../../src/http/intake/gather.js";

describe("createGathered", () => {
  it("counts what it holds, and gives all of it back", () => {
    let counted = 0;
    const memory = {
      take: (bytes: number) => void (counted += bytes),
      give: (bytes: number) => void (counted -= bytes),
    };
    for (const announced of [0, 10_000, 20_000]) {
      const gathered = createGathered(memory, announced);
      for (let i = 0; i < 20_000; i++) {
        gathered.add(Buffer.of(i % 251));
        if (i % 997 > 0) continue;
        expect(counted).toBeGreaterThanOrEqual(gathered.size);
        expect(counted).toBeLessThanOrEqual(Math.max(4096, 2 * gathered.size));
        expect(gathered.bytes().buffer.byteLength).toBe(counted);
      }
      expect([...gathered.bytes().subarray(19_990)]).toEqual(
        Array.from({ length: 10 }, (_, i) => (19_990 + i) % 251),
      );
      gathered.free();
      gathered.free();
      expect(counted).toBe(0);
    }
  });

  it("copies nothing of what is large, and counts no more of it than has come", () => {
    const MIB = 1024 * 1024;
    let counted = 0;
    const memory = {
      take: (bytes: number) => void (counted += bytes),
      give: (bytes: number) => void (counted -= bytes),
    };
    const gathered = createGathered(memory, 32 * MIB);
    const piece = Buffer.alloc(MIB / 2, "x");
    gathered.add(piece);
    expect(gathered.bytes().buffer.byteLength).toBe(MIB / 2);
    for (let i = 0; i < 4; i++) gathered.add(piece);
    const { buffer } = gathered.bytes();
    for (let i = 5; i < 64; i++) {
      gathered.add(piece);
      expect(gathered.bytes().buffer).toBe(buffer);
      expect(counted).toBeGreaterThanOrEqual(gathered.size);
      expect(counted).toBeLessThanOrEqual(2 * gathered.size);
    }
    expect(counted).toBe(32 * MIB);
    expect(gathered.bytes().equals(Buffer.alloc(32 * MIB, "x"))).toBe(true);
    gathered.free();
    expect(counted).toBe(0);
  });

  it("takes nothing that there is no room for", () => {
    const full = new Error("full");
    const memory = {
      take: () => {
        throw full;
      },
      give: () => undefined,
    };
    const gathered = createGathered(memory);
    expect(() => gathered.add(Buffer.from("x"))).toThrow(full);
    expect(gathered.bytes().length).toBe(0);
  });
});

describe("createPieces", () => {
  it("joins small pieces, keeps large ones, and the order of all", () => {
    const pieces = createPieces();
    const sent: Buffer[] = [];
    for (let i = 0; i < 2000; i++) {
      const piece = Buffer.alloc([1, 7, 5000, 4095][i % 4] as number, i % 256);
      sent.push(piece);
      pieces.push(piece);
    }
    expect(pieces.size).toBe(Buffer.concat(sent).length);
    const got: Buffer[] = [];
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) got.push(piece);
    expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true);
    expect(pieces.size).toBe(0);
    const small = createPieces();
    for (let i = 0; i < 10_000; i++) small.push(Buffer.of(1));
    expect(small.shift()?.length).toBe(10_000);
  });
});
