/**
 * The contract as a bank's integrator uses it: types made from openapi.yaml by openapi-typescript, a client of openapi-fetch
 * over them, compiled strictly and run as a process of its own against the running service. The packages are those of
 * scripts/contract, which `npm run test:interop` installs.
 */
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { PROJECT } from "../../scripts/project.js";
import { type Service, startService } from "../http/service.js";
import { describeIf } from "./peers.js";

const TOOLS = join(PROJECT, ".cache/contract");
const run = promisify(execFile);
const tool = (name: string) => join(TOOLS, "node_modules/.bin", name);

describeIf(
  existsSync(tool("openapi-typescript")),
  "openapi-typescript",
  "a client made from openapi.yaml",
  () => {
    let service: Service;
    let folder: string;
    beforeAll(async () => {
      service = await startService();
      folder = mkdtempSync(join(TOOLS, "client-"));
    });
    afterAll(async () => {
      await service.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("compiles, deposits in three forms, waits for the evidence and reads what is refused", async () => {
      copyFileSync(join(PROJECT, "test/interop/typed-client/deposit.ts"), join(folder, "deposit.ts"));
      symlinkSync(join(PROJECT, "node_modules/@types"), join(folder, "types"));
      await run(tool("openapi-typescript"), [
        join(PROJECT, "openapi.yaml"),
        "-o",
        join(folder, "openapi.d.ts"),
      ]);
      const compilerOptions = {
        ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
        ...{
          target: "es2022",
          module: "nodenext",
          lib: ["es2022", "dom"],
          typeRoots: ["types"],
          types: ["node"],
        },
      };
      writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
      writeFileSync(
        join(folder, "tsconfig.json"),
        JSON.stringify({ compilerOptions, files: ["deposit.ts"] }),
      );
      await run(tool("tsc"), ["--project", folder]).catch((error: { stdout: string }) => {
        throw new Error(error.stdout);
      });
      const env = { ...process.env, URL: service.url, KEY: service.keys.bankA };
      const { stdout } = await run(process.execPath, [join(folder, "deposit.js")], { env });
      expect(JSON.parse(stdout)).toEqual({
        id: expect.stringMatching(/^[0-9A-Z]{26}$/),
        state: "final",
        cosigners: expect.any(Number),
        sealedAt: expect.stringMatching(/Z$/),
        chained: [1],
        refused: "deposit-unknown",
      });
    });
  },
);
