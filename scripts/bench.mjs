/** `npm run bench`: installs, builds, measures (scripts/bench/). */
import { build, installPackages, run } from "./setup.mjs";

installPackages();
build();
run(process.execPath, ["dist/scripts/bench/main.js", ...process.argv.slice(2)]);
