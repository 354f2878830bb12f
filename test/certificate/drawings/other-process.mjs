/** Draws the fixture's certificate in a process of its own: node other-process.mjs LANGUAGE > certificate.pdf */
import { register } from "node:module";

register("./typescript-hooks.mjs", import.meta.url);
const { drawFixture } = await import("../fixture.ts");
process.stdout.write(drawFixture(process.argv[2]));
