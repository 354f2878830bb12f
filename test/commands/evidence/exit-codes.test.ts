/** 1 means "refused" and nothing else: whatever keeps the program from saying its verdict has a code of its own. */
import { describe, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");
const folder = join(root, "test/vectors/evidence/happy-path");
const args = [
  join(root, "dist/src/main.js"),
  "verify",
  join(folder, "evidence.json"),
  "--consortium",
  join(folder, "consortium.json"),
];

describe("cunzheng verify", () => {
  it("ends with 74 where its report could not be written", async () => {
    const full = openSync("/dev/full", "w");
    const [code] = (await once(
      spawn(process.execPath, args, { stdio: ["ignore", full, "pipe"] }),
      "exit",
    )) as [number];
    expect(code).toBe(74);
  });

  it("ends with 74 where nobody reads its report any more", async () => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(74);
  });

  it("ends with 0 where it could", async () => {
    const child = spawn(process.execPath, args, { stdio: "ignore" });
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
  });
});
