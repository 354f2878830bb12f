/** Gets the peers that the lock names and are not there yet. Ends with 1 in CI when one can't be had, else says so. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { getDebianPeers } from "./debian-peers.js";
import { getGoPeers } from "./go-peers.js";
import { getJavaPeers } from "./java-peers.js";
import { getPythonPeers } from "./python-peers.js";
import { getScriptedPeers } from "./scripted-peers.js";
import { allPrograms, CACHE, isThere } from "./lock.js";

mkdirSync(join(CACHE, "bin"), { recursive: true });
const problems = [
  ...getGoPeers(),
  ...getJavaPeers(),
  ...getPythonPeers(),
  ...getScriptedPeers(),
  ...getDebianPeers(),
];
for (const problem of problems) console.error(`\n!!! interop: ${problem}`);
const missing = allPrograms().filter((name) => !isThere(name));
if (missing.length > 0) {
  console.error(`\n!!! interop: without ${missing.join(", ")}; what needs them is NOT tested\n`);
  if (isCi()) process.exitCode = 1;
}

function isCi(): boolean {
  return !["", "false", undefined].includes(process.env["CI"]);
}
