/** docker-compose.yml as it is, brought up in a folder of its own, and what belongs to it taken down whatever became of the tests. */
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { readComposeFile } from "../../scripts/compose/compose-file.js";
import { PROJECT } from "../../scripts/project.js";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";

export interface Stack {
  readonly folder: string;
  readonly port: number;
  readonly prometheusPort: number;
  /** Those of the file that run here. */
  readonly services: readonly string[];
  compose(...args: readonly string[]): Promise<string>;
  docker(...args: readonly string[]): Promise<string>;
  /** The one container of a service, whether it runs or has ended. */
  container(service: string): Promise<string>;
  /** Kills the container as a crash does: the engine is not told, and what restarts it is the file's policy. */
  crash(service: string): Promise<void>;
  /** The name that the engine has for a network of the file. */
  network(name: string): string;
  down(): Promise<void>;
}

const PROJECT_NAME = "cunzheng-test";

export async function openStack(): Promise<Stack> {
  const host = process.env["CUNZHENG_TEST_DOCKER"];
  if (host === undefined) throw new Error("run these by npm run test:compose");
  const folder = mkdtempSync(join(tmpdir(), "cunzheng-compose-"));
  cpSync(join(PROJECT, "docker-compose.yml"), join(folder, "docker-compose.yml"));
  cpSync(join(PROJECT, "deploy"), join(folder, "deploy"), {
    recursive: true,
    filter: (path) => path !== join(PROJECT, "deploy/secrets"),
  });
  const [port, prometheusPort] = [await freePort(), await freePort()];
  const env = {
    ...process.env,
    DOCKER_HOST: host,
    COMPOSE_PROJECT_NAME: PROJECT_NAME,
    CUNZHENG_LISTEN: `127.0.0.1:${port}`,
    PROMETHEUS_LISTEN: `127.0.0.1:${prometheusPort}`,
  };
  const run = async (command: string, args: readonly string[]) => {
    const options = { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 };
    return (await promisify(execFile)(command, args, options)).stdout;
  };
  const compose = (...args: readonly string[]) => run("docker-compose", args);
  const docker = (...args: readonly string[]) => run("docker", args);
  const absent = (process.env["CUNZHENG_TEST_ABSENT_IMAGES"] ?? "").split(" ");
  const services = Object.entries(readComposeFile().services)
    .filter(([, { image, profiles }]) => profiles === undefined && !absent.includes(image))
    .map(([name]) => name);
  // Of the engine itself: docker-compose takes a second to say it, and is asked hundreds of times.
  const container = async (service: string) =>
    (
      await docker(
        ...["ps", "--all", "--quiet", "--filter", `label=com.docker.compose.project=${PROJECT_NAME}`],
        ...["--filter", `label=com.docker.compose.service=${service}`],
      )
    ).trim();
  return {
    ...{ folder, port, prometheusPort, services, compose, docker, container },
    crash: async (service) => {
      const pid = await docker("inspect", "--format", "{{.State.Pid}}", await container(service));
      process.kill(Number(pid), "SIGKILL");
    },
    network: (name) => `${PROJECT_NAME}_${name}`,
    down: async () => {
      await compose("down", "--volumes", "--timeout", "5").catch(() => undefined);
      const left = execFileSync("docker", ["ps", "--all", "--quiet"], { env, encoding: "utf8" }).split("\n");
      const ids = left.filter((id) => id !== "");
      if (ids.length > 0) spawnSync("docker", ["rm", "--force", "--volumes", ...ids], { env });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
