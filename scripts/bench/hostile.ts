/** `npm run bench -- hostile [--megabytes 50]`: how long files that are made for it hold up a verifier, and in how much memory. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FORMAT_BOUNDS } from "../../src/core/record/json.js";
import { PROJECT } from "../project.js";
import { HOSTILE_PDFS } from "./hostile/hostile-pdfs.js";
import { HOSTILE_JSON } from "./hostile/hostile-json.js";
import { measuredVerify } from "./hostile/measured-verify.js";
import { machine, printTable, type Row } from "./table.js";

/** Each as large as asked, and as large as it is read: a text of more than 4 MiB is refused for that alone. */
const hostileTexts = (): Readonly<Record<string, (bytes: number) => Uint8Array | string>> =>
  Object.fromEntries(
    Object.entries(HOSTILE_JSON).flatMap(([what, make]) => [
      [`text: ${what}`, make],
      [`text: ${what}, 4 MiB`, () => make(FORMAT_BOUNDS.bytes)],
    ]),
  );

const MARK_SECONDS = 5;
const MARK_MEGABYTES = 500;
const CONSORTIUM = join(PROJECT, "test/vectors/certificate/drawing-1/consortium.json");

export async function benchHostile(megabytes: number): Promise<void> {
  const about = machine();
  const folder = mkdtempSync(join(tmpdir(), "cunzheng-hostile-"));
  const rows: Row[] = [];
  let most = 0;
  try {
    for (const [what, make] of Object.entries({ ...HOSTILE_PDFS, ...hostileTexts() })) {
      const file = join(folder, "file");
      writeFileSync(file, make(megabytes * 1e6));
      const cost = await measuredVerify({ file, consortium: CONSORTIUM }, folder);
      if (cost.verdict !== "refused") throw new Error(`a file of ${what} is ${cost.verdict ?? "not judged"}`);
      rows.push({ what, values: [cost.cpuSeconds], unit: "s", mark: String(MARK_SECONDS) });
      most = Math.max(most, cost.megabytes);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  rows.push({ what: "most memory", values: [most], unit: "MB", mark: String(MARK_MEGABYTES) });
  printTable(
    [
      ...about,
      `Files of ${megabytes} MB, and texts of 4 MiB, each refused by \`cunzheng verify\`: processor time, its start included`,
    ],
    rows,
  );
}
