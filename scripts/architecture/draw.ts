/** `npm run rooms`: writes the drawings of docs/architecture.md anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "../project.js";
import { withDrawings } from "./rooms.js";

const page = join(PROJECT, "docs/architecture.md");
writeFileSync(page, withDrawings(readFileSync(page, "utf8")));
