/** `npm run bench`: installs, builds, measures (scripts/bench/). */
import { build, installPackages, installServersNeeds, run } from "./setup.mjs";

installPackages();
if (process.argv[2] === "cluster") installServersNeeds("what is measured");
build();
run(process.execPath, ["dist/scripts/bench/main.js", ...process.argv.slice(2)]);
