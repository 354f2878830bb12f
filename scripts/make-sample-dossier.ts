/**
 * Writes the sample loan dossier. The committed files are this program's output, byte for byte (a test compares).
 *
 *     node dist/scripts/make-sample-dossier.js
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cwd, stdout } from "node:process";
import { makeLoanDossier } from "./sample-dossier/dossier.js";

const fonts = join(cwd(), "templates/fonts");
const folder = join(cwd(), "templates/samples/loan");
mkdirSync(folder, { recursive: true });
const files = await makeLoanDossier({
  regular: readFileSync(join(fonts, "NotoSerifSC-Regular.ttf")),
  bold: readFileSync(join(fonts, "NotoSerifSC-Bold.ttf")),
});
for (const [name, bytes] of files) {
  writeFileSync(join(folder, name), bytes);
  stdout.write(`${name}: ${bytes.length} bytes\n`);
}
