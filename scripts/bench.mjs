/** `npm run bench`: installs, builds, measures (scripts/bench/). */
import { build, installPackages, installServersNeeds, run } from "./setup.mjs";

installPackages();
if (["cluster", "storage"].includes(process.argv[2])) installServersNeeds("what is measured");
build();
run(process.execPath, ["dist/scripts/bench/main.js", ...process.argv.slice(2)]);
