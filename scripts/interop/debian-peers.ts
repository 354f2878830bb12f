/**
 * Peers that Debian has built: fetched with a private apt root and unpacked, not installed, so the system's own
 * packages and sources stay as they are. apt verifies the archive's signature, we the SHA-256 of the lock.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { CACHE, type DebianPackage, isThere, lock, programPath, sha256Of } from "./lock.js";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Each problem is a sentence for whoever runs this. */
export function getDebianPeers(): string[] {
  const { packages, suite, architecture } = lock.debian;
  const absent = packages.filter(({ programs }) => !programs.every(isThere));
  if (absent.length === 0) return [];
  const names = absent.map(({ name }) => name).join(", ");
  const ours = spawnSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).stdout?.trim();
  if (ours !== architecture) {
    return [`Debian on ${architecture} is needed (for ${names}); here is ${ours || "no Debian"}`];
  }
  const root = mkdtempSync(join(CACHE, "apt-"));
  try {
    const apt = openApt(root, suite);
    return absent.flatMap((wanted) => {
      console.log(`interop: fetching ${wanted.name} ${wanted.version} of Debian ${suite}`);
      try {
        unpack(fetchPackage(apt, wanted, root), wanted, root);
        return [];
      } catch (error) {
        return [(error as Error).message];
      }
    });
  } catch (error) {
    return [`Debian ${suite} can't be read (for ${names}): ${(error as Error).message}`];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Runs an apt program on the private root. */
type Apt = (program: "apt-get" | "apt-cache", ...args: readonly string[]) => string;

function openApt(root: string, suite: string): Apt {
  const sources = join(root, "peers.sources");
  for (const folder of ["lists/partial", "cache/archives/partial"])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(
    sources,
    `Types: deb\nURIs: ${mirror()}\nSuites: ${suite}\nComponents: main\nSigned-By: ${KEYRING}\n`,
  );
  const options = [
    `Dir::Etc::sourcelist=${sources}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::lists=${join(root, "lists")}`,
    `Dir::Cache=${join(root, "cache")}`,
    "Acquire::Languages=none",
    "Acquire::Retries=3",
  ].flatMap((option) => ["-o", option]);
  const apt: Apt = (program, ...args) => run(program, [...options, ...args], root);
  apt("apt-get", "update", "-qq");
  return apt;
}

/** Whichever the machine itself has its packages from. */
function mirror(): string {
  const format = "$(REPO_URI) $(COMPONENT)";
  const targets = run("apt-get", ["indextargets", "--format", format, "Created-By: Packages"], "/").split(
    "\n",
  );
  const uri = targets.map((line) => /^(\S+\/debian\/) main$/.exec(line)?.[1]).find(Boolean);
  if (uri === undefined) throw new Error("this machine has no Debian mirror among its apt sources");
  return uri;
}

function fetchPackage(apt: Apt, { name, version, sha256 }: DebianPackage, root: string): string {
  try {
    apt("apt-get", "download", "-qq", `${name}=${version}`);
  } catch (error) {
    const candidate = /Candidate: (\S+)/.exec(apt("apt-cache", "policy", name))?.[1] ?? "none";
    if (candidate === version) throw error;
    throw new Error(
      `${name} ${version} is no longer in Debian ${lock.debian.suite}, which now has ${candidate}: ` +
        "try that one, and write its version and SHA-256 into test/interop/peers.lock.json",
      { cause: error },
    );
  }
  const file = readdirSync(root).find((each) => each.startsWith(`${name}_`) && each.endsWith(".deb"));
  if (file === undefined) throw new Error(`apt-get left no ${name} behind`);
  const got = sha256Of(join(root, file));
  if (got !== sha256)
    throw new Error(`${name} ${version} has the SHA-256 ${got}, and the lock says ${sha256}`);
  return join(root, file);
}

function unpack(file: string, { name, programs }: DebianPackage, root: string): void {
  const folder = join(root, name);
  run("dpkg-deb", ["--extract", file, folder], root);
  for (const program of programs) {
    // A rename is all or nothing: a copy that was cut short must not pass for the program.
    const copy = `${programPath(program)}.part`;
    copyFileSync(join(folder, "usr/bin", program), copy);
    renameSync(copy, programPath(program));
  }
}

function run(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error((stderr || message).trim(), { cause: error });
  }
}
