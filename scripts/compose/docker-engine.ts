/** A Docker Engine of its own (Debian's docker.io), beside any other on the machine: its socket in a temporary folder, ended by its process id. */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface DockerEngine {
  /** For the environment variable DOCKER_HOST. */
  readonly host: string;
  stop(): Promise<void>;
}

const STARTED_WITHIN_MS = 60_000;
const ENDED_WITHIN_MS = 60_000;

/** `images` is the folder in which images stay from one run to the next. Resolves when it answers. */
export async function startDockerEngine(images: string): Promise<DockerEngine> {
  mkdirSync(images, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "cunzheng-docker-"));
  const [socket, log] = [join(folder, "docker.sock"), join(folder, "dockerd.log")];
  const output = openSync(log, "a", 0o600);
  const daemon = spawn(
    "dockerd",
    [
      ...["--data-root", images, "--exec-root", join(folder, "exec")],
      ...["--pidfile", join(folder, "pid"), "--host", `unix://${socket}`],
    ],
    // A group of its own: Ctrl-C reaches whoever runs this, who then takes down what runs in it.
    { stdio: ["ignore", output, output], detached: true },
  );
  closeSync(output);
  const ended = new Promise<void>((resolve) => {
    daemon.once("exit", () => {
      resolve();
    });
    daemon.once("error", () => {
      resolve();
    });
  });
  const stop = async () => {
    daemon.kill("SIGTERM");
    const cut = setTimeout(() => daemon.kill("SIGKILL"), ENDED_WITHIN_MS);
    await ended;
    clearTimeout(cut);
    // What it has mounted there and left (a network namespace) would keep the folder.
    for (const line of readFileSync("/proc/self/mounts", "utf8").split("\n").reverse()) {
      const place = line.split(" ")[1] ?? "";
      if (place.startsWith(`${folder}/`)) spawnSync("umount", [place]);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const host = `unix://${socket}`;
  for (const endMs = performance.now() + STARTED_WITHIN_MS; ; await sleep(200)) {
    if (spawnSync("docker", ["--host", host, "version"], { stdio: "ignore" }).status === 0)
      return { host, stop };
    if (daemon.exitCode === null && performance.now() < endMs) continue;
    const said = readFileSync(log, "utf8").split("\n").slice(-8).join("\n");
    await stop();
    throw new Error(`dockerd does not start here (it needs root and Debian's docker.io, iptables):\n${said}`);
  }
}
