/** Writes dist/build-info.json: which software this is, for every batch's `state` (version and commit). */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./setup.mjs";

const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
mkdirSync(join(ROOT, "dist"), { recursive: true });
writeFileSync(join(ROOT, "dist/build-info.json"), `${JSON.stringify({ version, commit: commit() })}\n`);

/**
 * The commit, with a mark where the tree is not exactly that commit; `unknown` outside a git checkout, unless the environment
 * says it (an image is built without the history).
 */
function commit() {
  const told = process.env.CUNZHENG_COMMIT;
  if (told !== undefined && told !== "") {
    if (!/^[0-9a-z+-]{1,48}$/.test(told)) throw new Error(`CUNZHENG_COMMIT is no commit: ${told}`);
    return told;
  }
  const git = (...args) =>
    execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const dirty = git("status", "--porcelain", "--untracked-files=no") !== "";
    return git("rev-parse", "--short=12", "HEAD") + (dirty ? "+changes" : "");
  } catch {
    return "unknown";
  }
}
