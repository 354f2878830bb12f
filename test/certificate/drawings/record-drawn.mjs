/** Writes test/vectors/certificate/drawn.json anew: node --no-warnings test/certificate/drawings/record-drawn.mjs */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { register } from "node:module";

register("./typescript-hooks.mjs", import.meta.url);
const { drawFixture, template } = await import("../fixture.ts");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const drawn = { template: template().digest, zh: sha256(drawFixture("zh")), en: sha256(drawFixture("en")) };
writeFileSync(
  new URL("../../vectors/certificate/drawn.json", import.meta.url),
  `${JSON.stringify(drawn, null, 2)}\n`,
);
