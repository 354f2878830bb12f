/**
 * The demonstration's API keys. The operator's own is made while the notary is stopped; with it the bank and the
 * arbitration commission are registered over HTTP, as an operator would. Kept in `demo-keys.json` (0600), since the
 * service itself keeps only their hashes.
 */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { PROGRAM } from "../project.js";
import { DEPOSITOR, ORGANISATIONS, type SampleConsortium } from "./sample-consortium.js";

export interface DemoKeys {
  readonly operator: string;
  /** Of the depositing bank. */
  readonly bank: string;
  /** Of the same bank, for reading only. */
  readonly reader: string;
}

export interface Accounts {
  /** Registers with the running service what is not registered yet. */
  register(url: string): Promise<DemoKeys>;
}

/** Makes the operator's key where it is not kept yet: a notary whose store is its data folder's is stopped meanwhile. */
export async function openAccounts(
  data: string,
  sample: Pick<SampleConsortium, "notaryConfig">,
): Promise<Accounts> {
  const file = join(data, "demo-keys.json");
  const kept = await readKeys(file);
  const operator = kept.operator ?? (await makeOperatorKey(sample.notaryConfig));
  await writeKeys(file, { ...kept, operator });
  return {
    register: async (url) => {
      if (kept.bank !== undefined && kept.reader !== undefined)
        return { operator, bank: kept.bank, reader: kept.reader };
      const call = async (method: string, path: string, body: object) => {
        const headers = { Authorization: `Bearer ${operator}`, "Content-Type": "application/json" };
        const answer = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
        return (await answer.json()) as { token: string };
      };
      for (const { id, name, creditCode, role } of ORGANISATIONS) {
        if (role === "bank") await call("PUT", `/v1/organisations/${id}`, { name: name.zh, creditCode });
      }
      const keyOf = async (role: string) =>
        (await call("POST", "/v1/api-keys", { organisationId: DEPOSITOR, role })).token;
      const keys = { operator, bank: await keyOf("depositor"), reader: await keyOf("reader") };
      await writeKeys(file, keys);
      return keys;
    },
  };
}

async function makeOperatorKey(notaryConfig: string): Promise<string> {
  const args = [PROGRAM, "operator-key", "--config", notaryConfig, "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return (JSON.parse(stdout) as { token: string }).token;
}

async function readKeys(file: string): Promise<Partial<DemoKeys>> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Partial<DemoKeys>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

async function writeKeys(file: string, keys: Partial<DemoKeys>): Promise<void> {
  await writeFile(file, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
}
