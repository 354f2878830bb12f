/**
 * Requests that a program of other people makes of openapi.yaml, right ones and wrong ones, each followed by all of its
 * checks: whether the answer has a status, headers, a media type and a schema that the contract names, whether what is right
 * is taken, what is wrong refused, keys asked for, and methods known. The seed is a new one each time, and printed;
 * `SEED=... EXAMPLES=... npm run test:interop -- test/interop/schemathesis` asks the same again, or more.
 */
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { PROJECT } from "../../scripts/project.js";
import { type Service, startService } from "../http/service.js";
import { describeWith, runPeer } from "./peers.js";

const FOLDER = join(PROJECT, "test/interop/schemathesis");
const { SEED: seed = String(randomInt(2 ** 31)), EXAMPLES: examples = "2" } = process.env;
/** For 2,000 requests one minute is enough on a machine with nothing else to do. */
const LONGEST_MS = 15 * 60_000 * Math.max(1, Number(examples) / 2);

describeWith(["schemathesis"], "requests that schemathesis makes of openapi.yaml", () => {
  let service: Service;
  let folder: string;
  beforeAll(async () => {
    service = await startService();
    folder = mkdtempSync(join(tmpdir(), "cunzheng-schemathesis-"));
  });
  afterAll(async () => {
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    "are answered as it says",
    async () => {
      // Not the console, which jest prints at the end: whoever cuts this off wants to know it too.
      process.stderr.write(`schemathesis: seed ${seed}\n`);
      const args = [
        ...["--config-file", join(FOLDER, "schemathesis.toml"), "run", join(PROJECT, "openapi.yaml")],
        ...[
          "--url",
          service.url,
          "--checks",
          "all",
          "--seed",
          seed,
          "--max-examples",
          examples,
          "--no-color",
        ],
      ];
      const env = {
        PYTHONPATH: FOLDER,
        PYTHONDONTWRITEBYTECODE: "1",
        HYPOTHESIS_STORAGE_DIRECTORY: folder,
        CUNZHENG_BANK_KEY: service.keys.bankA,
        CUNZHENG_OPERATOR_KEY: service.keys.operator,
      };
      const { exitCode, stdout, stderr } = await runPeer("schemathesis", args, {
        env,
        timeoutMs: LONGEST_MS,
      });
      if (exitCode !== 0) throw new Error(`seed ${seed}, exit code ${exitCode}\n${stdout}${stderr}`);
      const [, made = "0"] = /(\d+) generated/.exec(stdout.replaceAll(",", "")) ?? [];
      process.stderr.write(`schemathesis: ${made} requests\n`);
      expect(Number(made)).toBeGreaterThan(1000);
      expect(service.log.filter(({ level }) => level === "error")).toEqual([]);
    },
    LONGEST_MS + 60_000,
  );
});
