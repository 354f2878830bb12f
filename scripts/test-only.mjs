/** The tests alone, on whatever Node runs this: for the newest LTS beside the one that `npm run check` ran on. */
import { build, installPackages, run } from "./setup.mjs";

installPackages();
build();
run("npm", ["test", "--silent", "--", ...process.argv.slice(2)]);
