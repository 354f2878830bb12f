import { createHash } from "node:crypto";
import { expect, it } from "@jest/globals";
import { hex } from "../../src/core/bytes.js";
import { createSm3 } from "../../src/core/digest/sm3.js";

/** Well beyond 2^32 bits, where the length needs both words. */
it("sm3 counts more than 2^32 bits", () => {
  const [ours, theirs, piece] = [createSm3(), createHash("sm3"), new Uint8Array(1 << 20).fill(0x5a)];
  for (let i = 0; i < 513; i++) {
    ours.update(piece);
    theirs.update(piece);
  }
  expect(hex(ours.digest())).toBe(theirs.digest("hex"));
});
