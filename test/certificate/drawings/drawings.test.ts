/**
 * Certificates outlive libraries: those that were issued with a drawing verify whole and are made again to the last byte,
 * without the libraries that once built their template, and a drawing that was released is never changed.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { codeOf, type Frozen } from "../../../scripts/make-vectors/certificate-vectors.js";
import { DRAWINGS } from "../../../src/certificate/drawings/registry.js";

const vectors = new URL("../../vectors/certificate/", import.meta.url);
const frozen = (drawing: number): Frozen =>
  JSON.parse(readFileSync(new URL(`drawing-${drawing}/frozen.json`, vectors), "utf8")) as Frozen;

describe.each([...DRAWINGS.keys()])("drawing %i", (drawing) => {
  const { code, template, certificates } = frozen(drawing);
  const folder = new URL(`drawing-${drawing}/`, vectors);

  it("is frozen: what is to look otherwise is another drawing, in a room of its own", () => {
    // Where this fails, certificates already issued could not be made again: take the change back, or (before the
    // release alone) make the vectors anew.
    expect(codeOf(drawing)).toEqual(code);
  });

  it("has its template in the folder", () => {
    const digests = readdirSync(new URL("../../../templates/certificate/", import.meta.url)).map((name) => {
      const built = readFileSync(
        new URL(`../../../templates/certificate/${name}/built.json`, import.meta.url),
      );
      return createHash("sha256").update(built).digest("base64");
    });
    expect(digests).toContain(template);
  });

  it("keeps certificates in both languages, with and without tokens", () => {
    const digests = readdirSync(folder)
      .filter((name) => name.endsWith(".pdf"))
      .map((name) => [
        name.slice(0, -4),
        createHash("sha256")
          .update(readFileSync(new URL(name, folder)))
          .digest("hex"),
      ]);
    expect(Object.fromEntries(digests)).toEqual(certificates);
    expect(Object.keys(certificates).sort()).toEqual(["en", "en-with-tokens", "zh", "zh-with-tokens"]);
  });
});

it("draws every issued certificate again without pdfkit, fontkit, fflate, qrcode and fast-png, on another engine's arithmetic", () => {
  const program = fileURLToPath(new URL("draw-vectors.mjs", import.meta.url));
  const said = execFileSync(process.execPath, ["--no-warnings", program], { encoding: "utf8" });
  const lines = said.trim().split("\n");
  expect(lines.length).toBeGreaterThanOrEqual(4 * DRAWINGS.size);
  for (const line of lines) expect(line).toMatch(/: verified, the same$/);
}, 120_000);
