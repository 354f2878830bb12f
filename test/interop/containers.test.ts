/**
 * docker-compose.yml is read by Compose's own library as strictly as `docker compose` reads it, and the Dockerfile by hadolint; each
 * refuses what is wrong, so that its silence means something.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { PROJECT } from "../../scripts/project.js";
import { describeWith, peers, runPeer } from "./peers.js";

const COMPOSE = join(PROJECT, "docker-compose.yml");
const DOCKERFILE = join(PROJECT, "Dockerfile");

interface Project {
  readonly services: Readonly<Record<string, { readonly read_only?: boolean; readonly mem_limit?: string }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

describeWith(["compose-config"], "Compose's library", () => {
  const { folder } = peers();
  const config = async (file: string) => {
    const { exitCode, stdout, stderr } = await runPeer("compose-config", [file]);
    return { exitCode, stderr, project: exitCode === 0 ? (JSON.parse(stdout) as Project) : undefined };
  };

  it("reads the file, with every service hardened and bounded", async () => {
    const { exitCode, stderr, project } = await config(COMPOSE);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const services = Object.entries(project?.services ?? {});
    expect(services.length).toBeGreaterThan(20);
    for (const [name, service] of services)
      expect([name, service.read_only, service.mem_limit]).toEqual([name, true, expect.any(String)]);
    for (const { file } of Object.values(project?.secrets ?? {}))
      expect(file.startsWith(join(PROJECT, "deploy/secrets/"))).toBe(true);
  });

  it.each([
    ["an unknown member", "    read_only: true\n", "    readonly: true\n"],
    ["a network that is not there", "networks: [data]", "networks: [dates]"],
    ["a service to wait for that is not there", "schema: { condition", "scheme: { condition"],
  ])("refuses %s", async (_, before, after) => {
    const text = readFileSync(COMPOSE, "utf8");
    const altered = text.replace(before.trim(), after.trim());
    expect(altered).not.toBe(text);
    const file = join(folder, "docker-compose.yml");
    writeFileSync(file, altered);
    expect((await config(file)).exitCode).toBe(1);
  });
});

describeWith(["hadolint"], "hadolint", () => {
  const { folder } = peers();

  it("finds nothing in the Dockerfile", async () => {
    expect(await runPeer("hadolint", ["--no-fail", "--format", "json", DOCKERFILE])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\[\]\s*$/),
    });
  });

  it("finds what is planted there", async () => {
    const file = join(folder, "Dockerfile");
    writeFileSync(
      file,
      `${readFileSync(DOCKERFILE, "utf8")}USER root\nRUN cd /tmp && sudo apt-get install curl\n`,
    );
    const { exitCode, stdout } = await runPeer("hadolint", ["--format", "json", file]);
    expect(exitCode).toBe(1);
    const codes = (JSON.parse(stdout) as { code: string }[]).map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(["DL3002", "DL3004", "DL3003"]));
  });
});
