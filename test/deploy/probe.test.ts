/** The health check of a program without a listener tells one that works from one that is stopped or caught in a loop. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterEach, expect, it } from "@jest/globals";
import { PROJECT } from "../../scripts/project.js";
import { temporaryFolders } from "../temporary-folder.js";
import { writeFileSync } from "node:fs";

const PROBE = join(PROJECT, "dist/scripts/compose/probe.js");
const temporaryFolder = temporaryFolders();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A program that runs `script`, and the name by which it is known. */
function started(script: string): { readonly child: ChildProcess; readonly name: string } {
  const [name, file] = [randomUUID(), join(temporaryFolder(), "program.mjs")];
  writeFileSync(file, script);
  const child = spawn(process.execPath, [file, name], { stdio: "ignore" });
  children.push(child);
  return { child, name };
}

const probe = (...args: readonly string[]) => spawnSync(process.execPath, [PROBE, ...args]).status;
const LOOKS = "setInterval(() => {}, 200);";

it("finds a program that looks about well", () => {
  expect(probe("--process", started(LOOKS).name)).toBe(0);
});

it("finds one that is stopped ill", () => {
  const { child, name } = started(LOOKS);
  child.kill("SIGSTOP");
  expect(probe("--process", name)).toBe(1);
});

it("finds one that is caught in a loop ill", async () => {
  const { name } = started("setTimeout(() => { for (;;); }, 100);");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(probe("--process", name)).toBe(1);
});

it("finds none where none is", () => {
  expect(probe("--process", randomUUID())).toBe(1);
});
