/** `npm run check`: installs what it needs, then formatter, the contract's rules, linter, type check and all tests but those against others' programs. */
import { spawnSync } from "node:child_process";
import { installContractTools, judgeContract } from "./contract-tools.mjs";
import { build, installDebianPackages, installPackages, run } from "./setup.mjs";

/** Programs nobody here wrote, that judge what we issue: the command, and the Debian package that brings it. */
const OUTSIDE_TOOLS = {
  pdfsig: "poppler-utils",
  certutil: "libnss3-tools",
  qpdf: "qpdf",
  zbarimg: "zbar-tools",
  curl: "curl",
  openssl: "openssl",
  python3: "python3",
};

installPackages();
const missing = Object.entries(OUTSIDE_TOOLS).filter(
  ([command]) => spawnSync("which", [command]).status !== 0,
);
if (missing.length > 0)
  installDebianPackages(
    missing.map(([, name]) => name),
    "The tests need tools of others",
  );
run("npx", ["prettier", "--check", "--log-level", "warn", "."]);
installContractTools();
judgeContract();
build();
run("npm", ["run", "--silent", "typecheck"]);
run("npm", ["run", "--silent", "lint"]);
// What compares times comes first, while nothing else runs.
run("npm", ["run", "--silent", "test:alone"]);
run("npm", ["test", "--silent", "--", ...process.argv.slice(2)]);
