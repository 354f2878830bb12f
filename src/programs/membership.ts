/** What the commands of `cunzheng consortium` need of this machine and of the network. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ulid } from "ulid";
import { fetch } from "undici";
import { baseUrl } from "../platform/server/base-url.js";
import type { MembershipWorld } from "../commands/consortium/membership-world.js";
import { writeFileDurably } from "../platform/files/files.js";
import { readSigningKey } from "../platform/keys/keys.js";
import { readWitnessConfiguration } from "../witness-node/configuration/configuration.js";
import type { KeyFiles } from "../witness-node/configuration/cosigners.js";
import { openLedgerReader } from "./opening/ledger-reader.js";
import { readConfigured, readNeeded } from "./opening/needed-file.js";
import { wallClockMs } from "../platform/wall-clock.js";

const SUBMIT_TIMEOUT_MS = 30_000;

export const membershipWorld: MembershipWorld = {
  now: wallClockMs,
  monotonicMs: () => performance.now(),
  newId: () => ulid(wallClockMs()),
  writeFile: writeFileDurably,
  openLedger: (from) => openLedgerReader(from),
  nodeKeys: (configFile) => {
    const { dataFolder, mirror, ...witness } = readConfigured(configFile, readWitnessConfiguration);
    const keyOf = (member: string, file: string) =>
      readNeeded(
        file,
        { namedBy: `${member} of ${configFile}`, make: "the node makes it when it first runs" },
        readSigningKey,
      );
    const keysOf = (kind: "witness" | "mirror", { keyFile, postQuantumKeyFile }: KeyFiles) => {
      const member = (name: keyof KeyFiles) => (kind === "mirror" ? `mirror.${name}` : name);
      return [
        keyOf(member("keyFile"), keyFile ?? join(dataFolder, `${kind}.key`)),
        ...(postQuantumKeyFile ? [keyOf(member("postQuantumKeyFile"), postQuantumKeyFile)] : []),
      ];
    };
    return [...keysOf("witness", witness), ...(mirror ? keysOf("mirror", mirror) : [])];
  },
  submitChange: async ({ url, apiKeyFile, change }) => {
    const token = readFileSync(apiKeyFile, "utf8").trim();
    const answer = await fetch(`${baseUrl(url)}/v1/consortium/changes`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: change,
      redirect: "error",
      signal: AbortSignal.timeout(SUBMIT_TIMEOUT_MS),
    });
    return { status: answer.status, body: await answer.text() };
  },
};
