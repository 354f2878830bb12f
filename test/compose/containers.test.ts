/**
 * docker-compose.yml on a Docker Engine: it comes up, deposits the sample and says its verdict; it is closed as it says; and what
 * was promised becomes final though the primary, the worker that leads and a node are killed and networks are cut.
 */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { PROGRAM } from "../../scripts/project.js";
import { eventually } from "../story/eventually.js";
import { type Bank, openBank } from "./bank.js";
import { openStack, type Stack } from "./stack.js";

const UP_WITHIN_MS = 600_000;
const HEALED_WITHIN_MS = 120_000;
const WORKERS = ["worker-1", "worker-2"];

let stack: Stack;
let bank: Bank;
let copy: string;

beforeAll(async () => {
  stack = await openStack();
  try {
    await stack.compose("run", "--rm", "prepare");
    await stack.compose("up", "--detach", "--no-build", ...stack.services);
    copy = join(stack.folder, "sample");
  } catch (error) {
    await stack.down();
    throw error;
  }
}, UP_WITHIN_MS);

afterAll(async () => {
  await bank?.close();
  await stack?.down();
}, 120_000);

/** Of the container: whether it runs, with which exit code it has ended, and what its health check says. */
async function stateOf(service: string) {
  const state = await stack.docker("inspect", "--format", "{{json .State}}", await stack.container(service));
  return JSON.parse(state) as {
    readonly Status: string;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string };
  };
}

/** Runs a line of JavaScript in the container; resolves with what it prints. */
async function inContainer(service: string, script: string): Promise<string> {
  return (await stack.docker("exec", await stack.container(service), "node", "-e", script)).trim();
}

describe("docker compose up", () => {
  it(
    "deposits the sample, and prints that all of it is verified",
    async () => {
      const ended = await eventually(
        "the sample has ended",
        async () => {
          const state = await stateOf("sample");
          return state.Status === "exited" ? state : undefined;
        },
        UP_WITHIN_MS,
      );
      const said = await stack.compose("logs", "--no-color", "sample");
      expect(said).toMatch(/15 deposits, each verified twice offline .*: all verified/);
      expect(ended.ExitCode).toBe(0);
      await stack.docker("cp", `${await stack.container("sample")}:/var/lib/cunzheng`, copy);
      const { bank: apiKey } = JSON.parse(readFileSync(join(copy, "demo-keys.json"), "utf8")) as {
        bank: string;
      };
      const authority = readFileSync(join(stack.folder, "deploy/secrets/proxy/ca.pem"), "utf8");
      bank = openBank({ port: stack.port, apiKey, authority });
    },
    UP_WITHIN_MS,
  );

  it("ends with every service healthy, or done", async () => {
    for (const service of stack.services)
      await eventually(
        `${service} is healthy or done`,
        async () => {
          const { Status, ExitCode, Health } = await stateOf(service);
          const isFine =
            Health === undefined ? Status === "exited" && ExitCode === 0 : Health.Status === "healthy";
          return isFine || undefined;
        },
        HEALED_WITHIN_MS,
      );
  });

  it("is watched: both processes are scraped, and every alert is known and silent", async () => {
    const ask = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${stack.prometheusPort}/api/v1/${path}`);
      return ((await answer.json()) as { data: unknown }).data;
    };
    await eventually("both are scraped", async () => {
      const { result } = (await ask("query?query=cunzheng_ready")) as {
        result: { value: [number, string] }[];
      };
      return (result.length === 2 && result.every(({ value: [, ready] }) => ready === "1")) || undefined;
    });
    const { groups } = (await ask("rules")) as {
      groups: { rules: { name: string; health: string; state: string }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(6);
    expect(rules.filter(({ state }) => state === "firing")).toEqual([]);
  });
});

describe("each container", () => {
  it("runs as no root, on a file system that it can't write, without capabilities, and within limits", async () => {
    for (const service of stack.services) {
      const said = await stack.docker("inspect", await stack.container(service));
      const [{ Config, HostConfig }] = JSON.parse(said) as [
        { Config: { User: string }; HostConfig: Record<string, unknown> },
      ];
      expect([service, Config.User]).toEqual([service, expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
      expect([service, HostConfig]).toEqual([
        service,
        expect.objectContaining({
          ReadonlyRootfs: true,
          Privileged: false,
          CapAdd: null,
          CapDrop: ["ALL"],
          SecurityOpt: ["no-new-privileges:true"],
          Memory: expect.any(Number),
        }),
      ]);
      expect([service, (HostConfig["Memory"] as number) > 0]).toEqual([service, true]);
    }
    const refused = inContainer("api-1", "require('fs').writeFileSync('/opt/cunzheng/x', '')");
    await expect(refused).rejects.toThrow(/EROFS/);
  });

  it("of a member reaches nothing of the notary but its name at the proxy", async () => {
    const targets: { readonly host: string; readonly port: number }[] = [];
    for (const [service, port] of [
      ["mongo-1", 27_017],
      ["mongo-2", 27_017],
      ["mongo-3", 27_017],
      ["redis", 6379],
      ["api-1", 8080],
      ["api-1", 9464],
      ["worker-1", 7443],
      ["worker-2", 7443],
    ] as const) {
      const addresses = await stack.docker(
        ...["inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"],
        await stack.container(service),
      );
      for (const host of addresses.trim().split(" ")) targets.push({ host, port });
    }
    const reach = `const reach = ({ host, port }) => new Promise((resolve) => {
        const socket = require("net").connect({ host, port, timeout: 1500 });
        for (const event of ["connect", "error", "timeout"])
          socket.once(event, () => { socket.destroy(); resolve(event === "connect" ? host + ":" + port : undefined); });
      });
      Promise.all(${JSON.stringify(targets)}.map(reach)).then((all) => console.log(JSON.stringify(all.filter(Boolean))));`;
    // The measure measures: who is on the network reaches it.
    expect((JSON.parse(await inContainer("api-1", reach)) as string[]).length).toBeGreaterThan(4);
    for (const node of ["example-court-east", "example-bank-b"])
      expect([node, JSON.parse(await inContainer(node, reach))]).toEqual([node, []]);
  });
});

describe("what was promised becomes final", () => {
  const promised: string[] = [];
  const depositSome = async (count: number, what: string) => {
    for (let i = 0; i < count; i++) promised.push((await bank.deposit(`${what} ${i}`)).id);
  };
  const leader = async (): Promise<string> => {
    const since = async (worker: string) => {
      const lines = (await stack.docker("logs", "--timestamps", await stack.container(worker))).split("\n");
      return (
        lines
          .filter((line) => line.includes('"msg":"leads"'))
          .at(-1)
          ?.split(" ")[0] ?? ""
      );
    };
    const [first = "", second = ""] = await Promise.all(WORKERS.map(since));
    return first > second ? "worker-1" : "worker-2";
  };
  const primary = async (): Promise<string> => {
    const names = ["mongo-1", "mongo-2", "mongo-3"];
    const script = `const { createConnection } = require("mongoose");
      Promise.all(${JSON.stringify(names)}.map(async (name) => {
        const connection = createConnection("mongodb://" + name + ":27017/?directConnection=true", { serverSelectionTimeoutMS: 2000 });
        const hello = await connection.asPromise().then(() => connection.db.admin().command({ hello: 1 })).catch(() => ({}));
        await connection.close(true);
        return hello.isWritablePrimary ? name : undefined;
      })).then((all) => console.log(all.find(Boolean) ?? ""));`;
    return eventually(
      "there is a primary",
      async () => (await inContainer("api-1", script)) || undefined,
      60_000,
    );
  };
  const restarted = async (service: string, before: string) =>
    eventually(
      `${service} is back`,
      async () => {
        const { Status, StartedAt, Health } = await stateOf(service);
        return (Status === "running" && StartedAt !== before && Health?.Status === "healthy") || undefined;
      },
      HEALED_WITHIN_MS,
    );

  it("though the primary is killed", async () => {
    const killed = await primary();
    const { StartedAt } = await stateOf(killed);
    await depositSome(3, "before");
    await stack.crash(killed);
    await depositSome(5, "without a primary");
    expect(await primary()).not.toBe(killed);
    await restarted(killed, StartedAt);
  });

  it("though the worker that leads is killed", async () => {
    const killed = await leader();
    const { StartedAt } = await stateOf(killed);
    await stack.crash(killed);
    await depositSome(5, "without a worker");
    await eventually("the other one leads", async () => (await leader()) !== killed || undefined, 60_000);
    await restarted(killed, StartedAt);
  });

  it("though a node is killed, without which there is a quorum", async () => {
    const { StartedAt } = await stateOf("example-court-east");
    await stack.crash("example-court-east");
    await depositSome(3, "without a court");
    const last = promised.at(-1) ?? "";
    expect(await bank.evidence(last, 60)).toBeDefined();
    await restarted("example-court-east", StartedAt);
  });

  it("though the worker that leads is cut off from the store: the other one leads, and the network heals", async () => {
    const cut = await leader();
    await stack.docker("network", "disconnect", stack.network("data"), await stack.container(cut));
    await depositSome(5, "cut off");
    await eventually("the other one leads", async () => (await leader()) !== cut || undefined, 60_000);
    await stack.docker(
      "network",
      "connect",
      "--alias",
      cut,
      stack.network("data"),
      await stack.container(cut),
    );
  });

  it("not while the one bank that counts is cut off, and at once when it is there again", async () => {
    const node = await stack.container("example-bank-b");
    await stack.docker("network", "disconnect", stack.network("node-bank-b"), node);
    const { id } = await bank.deposit("without the other bank");
    promised.push(id);
    expect(await bank.evidence(id, 8)).toBeUndefined();
    await stack.docker("network", "connect", "--alias", "example-bank-b", stack.network("node-bank-b"), node);
    expect(await bank.evidence(id, 90)).toBeDefined();
  });

  it("all of it, each verified offline with the trust file", async () => {
    expect(new Set(promised).size).toBe(promised.length);
    expect(promised.length).toBe(22);
    const folder = join(stack.folder, "evidence");
    mkdirSync(folder);
    const files: string[] = [];
    for (const id of promised) {
      const evidence = await bank.evidence(id, 90);
      if (evidence === undefined) throw new Error(`${id} is not final`);
      const file = join(folder, `${id}.json`);
      writeFileSync(file, evidence);
      files.push(file);
    }
    const trust = join(stack.folder, "deploy/secrets/consortium.json");
    for (const file of files) {
      const args = [PROGRAM, "verify", file, "--consortium", trust, "--json"];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      expect(JSON.parse(stdout)).toMatchObject({ verdict: "verified" });
    }
  });
});
