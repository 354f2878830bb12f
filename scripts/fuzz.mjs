/** `npm run fuzz`: installs, builds, spoils files and verifies them (scripts/fuzz/). */
import { build, installPackages, run } from "./setup.mjs";

installPackages();
build();
run(process.execPath, ["dist/scripts/fuzz/main.js", ...process.argv.slice(2)]);
