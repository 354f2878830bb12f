/**
 * A notary in whose machine somebody sets the clock, by seconds, days and years, ahead and behind, while banks deposit. Six
 * operating-system processes; the clock of the notary alone is set, those of the nodes are right.
 *
 * - Whatever is wrong with the clock, nobody is answered 500, and the only new answer is 503 `clock-wrong`;
 * - while it is wrong `/readyz`, `/v1/status` and the metrics say so, and no longer than that;
 * - every receipt that was given ends in evidence that the public verifier accepts, and names a time that was true;
 * - the service goes on by itself when the clock is right;
 * - what was sealed before anybody could notice ends by itself, and nothing that came later waits for it.
 */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { afterAll, describe, expect, it } from "@jest/globals";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";
import { waitUntilReady } from "../../scripts/quickstart/processes.js";
import { tell } from "../../scripts/random.js";
import { call } from "../http/client.js";
import { eventually } from "../story/eventually.js";
import { ORGANISATION_IDS, type SampleService, sampleServices } from "../story/sample-service.js";
import { keptPromises, type Promised } from "./promises.js";

const prepare = sampleServices();
const metricsUrls = new Map<SampleService, string>();

/** A service whose metrics are served. */
async function prepareWatched(): Promise<SampleService> {
  const metrics = { host: "127.0.0.1", port: await freePort() };
  const sealing = { afterMs: 100, promiseMs: 10_000, maxBatchSize: 64 };
  const service = await prepare({ metrics, sealing });
  metricsUrls.set(service, `http://127.0.0.1:${metrics.port}/metrics`);
  return service;
}

const ending: (() => void)[] = [];
afterAll(() => {
  for (const end of ending) end();
});

const PRELOAD = fileURLToPath(new URL("./stepped-clock.mjs", import.meta.url));
const SECOND_MS = 1000;
const DAY_MS = 86_400 * SECOND_MS;
const YEAR_MS = 365 * DAY_MS;
const BANKS = [1, 2, 3, 4];

const offsetFile = (service: SampleService) => join(service.data, "clock.offset");

function setClock(service: SampleService, offsetMs: number): void {
  const file = offsetFile(service);
  writeFileSync(`${file}.new`, String(offsetMs));
  renameSync(`${file}.new`, file);
}

const spawnStepped = (service: SampleService) =>
  service.spawnNotary({
    launcher: ["env", `NODE_OPTIONS=--import=${PRELOAD}`, `CLOCK_OFFSET_FILE=${offsetFile(service)}`],
  });

async function startStepped(service: SampleService): Promise<void> {
  await waitUntilReady(spawnStepped(service), `${service.url}/readyz`);
}

const readiness = async (service: SampleService) => {
  const { status, json } = await call(service, "GET /readyz");
  return status === 200 ? "ready" : (json as { code: string }).code;
};
const becomes = async (service: SampleService, state: "ready" | "clock-wrong") => {
  await eventually(`/readyz says ${state}`, async () =>
    (await readiness(service)) === state ? true : undefined,
  );
  const halts = state === "ready" ? [] : [state];
  const wanted = { halts, halted: halts, ready: state === "ready" };
  let told: object = {};
  // What is wrong beside it may begin and end between the two questions: then they are asked again.
  await eventually("the status and the metrics agree", async () => {
    const { impairments, ...status } = await statusOf(service);
    const { impaired, ...metrics } = await metricsOf(service);
    told = { ...status, ...metrics };
    return impairments.join() === impaired.join() && isDeepStrictEqual(told, wanted) ? true : undefined;
  }).catch((error: unknown) => {
    expect(told).toEqual(wanted);
    throw error;
  });
};

async function statusOf(service: SampleService) {
  const { json } = await call(service, "GET /v1/status", { key: service.keys.operator });
  const codesOf = (value: unknown) => (value as { code: string }[]).map(({ code }) => code);
  return { halts: codesOf(json.halts), impairments: codesOf(json.impairments) };
}

async function metricsOf(service: SampleService) {
  const text = await (await fetch(metricsUrls.get(service) ?? "")).text();
  const codesOf = (gauge: string) =>
    [...text.matchAll(new RegExp(`^${gauge}\\{code="([^"]+)"\\} 1$`, "gm"))].map(([, code]) => code);
  const ready = /^cunzheng_ready 1$/m.test(text);
  return { halted: codesOf("cunzheng_halted"), impaired: codesOf("cunzheng_impaired"), ready };
}

interface Load {
  readonly answers: readonly (Promised & {
    readonly receivedAt: string;
    readonly beforeMs: number;
    readonly afterMs: number;
  })[];
  /** How often each answer but 201 came, over all requests. */
  readonly others: ReadonlyMap<string, number>;
  answered(count: number): Promise<void>;
  /** Each bank has twice more been told that the clock is wrong: nothing that was taken before is under way still. */
  refused(): Promise<void>;
  end(): Promise<void>;
}

/** Four banks deposit, each asking again under its key; one looks at everything else meanwhile. */
function startLoad(service: SampleService): Load {
  const answers: Load["answers"][number][] = [];
  const others = new Map<string, number>();
  let isEnding = false;
  ending.push(() => (isEnding = true));
  const refusals = new Map(BANKS.map((name) => [name, 0]));
  const note = (what: string) => others.set(what, (others.get(what) ?? 0) + 1);

  async function deposits(name: number): Promise<void> {
    for (let serial = 0; !isEnding;) {
      const beforeMs = Date.now();
      const { status, json } = await service.call("POST /v1/deposits", {
        headers: { "Idempotency-Key": `"${name}-${serial}"` },
        body: { metadata: { recordType: "loan.repayment", chain: {} }, record: { name, serial } },
      });
      if (status !== 201) {
        note(`${status} ${json.code}`);
        if (json.code === "clock-wrong") refusals.set(name, (refusals.get(name) ?? 0) + 1);
        await delay(20);
        continue;
      }
      const { receivedAt } = json.statement;
      answers.push({ ...json, receivedAt, beforeMs, afterMs: Date.now() });
      serial += 1;
    }
  }

  async function looks(): Promise<void> {
    while (!isEnding) {
      const id = answers.at(-1)?.id;
      const targets = ["GET /v1/status", "GET /ledger/checkpoint"];
      if (id !== undefined)
        targets.push(
          `GET /v1/deposits/${id}`,
          `GET /v1/deposits/${id}/evidence`,
          `GET /v1/deposits/${id}/certificate`,
        );
      for (const target of targets) {
        const key = target === "GET /v1/status" ? service.keys.operator : service.keys.bank;
        const { status, json } = await call(service, target, { key, headers: { Prefer: "wait=1" } });
        if (status !== 200) note(`${status} ${json?.code}`);
      }
    }
  }

  const running = BANKS.map(deposits).concat(looks());
  return {
    answers,
    others,
    answered: async (count) => {
      const wanted = answers.length + count;
      await eventually(`${count} more answers`, () => (answers.length >= wanted ? true : undefined));
    },
    refused: async () => {
      const before = new Map(refusals);
      await eventually("every bank is refused", () =>
        BANKS.every((name) => (refusals.get(name) ?? 0) >= (before.get(name) ?? 0) + 2) ? true : undefined,
      );
    },
    end: async () => {
      isEnding = true;
      await Promise.all(running);
    },
  };
}

describe("a clock that is set under load", () => {
  it("stops what would be signed with a wrong time, and nothing else, for as long as it is wrong", async () => {
    const service = await prepareWatched();
    setClock(service, 0);
    await Promise.all(ORGANISATION_IDS.map((id) => service.startNode(id)));
    await startStepped(service);
    await service.register();
    const load = startLoad(service);
    await load.answered(20);
    const lasting: string[] = [];
    for (const offsetMs of [
      ...[20 * SECOND_MS, -20 * SECOND_MS, DAY_MS, -DAY_MS, 10 * YEAR_MS, -10 * YEAR_MS],
      // Years that no format can write: 8000 and more ahead, and before 1970.
      ...[9000 * YEAR_MS, -80 * YEAR_MS],
    ]) {
      setClock(service, offsetMs);
      const begun = performance.now();
      await becomes(service, "clock-wrong");
      await load.refused();
      const count = load.answers.length;
      await load.refused();
      expect(load.answers.length).toBe(count);
      setClock(service, 0);
      await becomes(service, "ready");
      await load.answered(8);
      lasting.push(`${offsetMs / SECOND_MS} s: ${Math.round(performance.now() - begun)} ms`);
    }
    // Straight from one wrong time to another, and what is within the tolerance.
    for (const offsetMs of [DAY_MS, -DAY_MS, YEAR_MS]) {
      setClock(service, offsetMs);
      await becomes(service, "clock-wrong");
    }
    for (const offsetMs of [0, 2000, -2000, 0]) {
      setClock(service, offsetMs);
      await becomes(service, "ready");
      await load.answered(8);
    }
    await load.end();
    expect([...load.others.keys()].filter((what) => what.startsWith("500"))).toEqual([]);
    const known = ["503 clock-wrong", "409 not-final"];
    expect([...load.others.keys()].filter((what) => !known.includes(what))).toEqual([]);
    for (const { receivedAt, beforeMs, afterMs } of load.answers) {
      expect(Date.parse(receivedAt)).toBeGreaterThan(beforeMs - 3000);
      expect(Date.parse(receivedAt)).toBeLessThan(afterMs + 3000);
    }
    expect((await keptPromises(service, load.answers)).length).toBe(load.answers.length);
    tell(
      `the clock set under load: ${load.answers.length} deposits, all final and verified; ${lasting.join(", ")}`,
    );
  }, 300_000);
});

describe("a clock that nobody could compare", () => {
  it.each([
    ["ahead", 25 * SECOND_MS],
    ["behind", -DAY_MS],
  ])(
    "%s at a start without nodes: what was sealed is told, ends by itself, and holds nothing up",
    async (_, offsetMs) => {
      const service = await prepareWatched();
      setClock(service, 0);
      const startNodes = () => Promise.all(ORGANISATION_IDS.map((id) => service.startNode(id)));
      await startNodes();
      await startStepped(service);
      await service.register();
      const first = (await service.deposit({ number: 0 })).json as Promised;
      await keptPromises(service, [first]);
      await service.notary.stop();
      await Promise.all(ORGANISATION_IDS.map((id) => service.node(id).stop("SIGKILL")));
      setClock(service, offsetMs);
      await startStepped(service);
      const early = (await service.deposit({ number: 1 })).json as Promised;
      const state = async (id: string) => (await service.call(`GET /v1/deposits/${id}`)).json;
      await eventually("it is sealed", async () =>
        (await state(early.id)).state === "sealed" ? true : undefined,
      );
      // The nodes come: they cosign, and their times tell that the clock is wrong.
      await startNodes();
      await eventually(
        "it is noticed",
        async () => ((await readiness(service)) === "clock-wrong" ? true : undefined),
        90_000,
      );
      setClock(service, 0);
      await becomes(service, "ready");
      const late = (await service.deposit({ number: 2 })).json as Promised;
      await keptPromises(service, [late]);
      if (offsetMs > 0) {
        const told = await state(early.id);
        if (told.state === "sealed")
          expect(Date.parse(told.finalNotBefore)).toBeGreaterThan(Date.now() - 1000);
      }
      await keptPromises(service, [early]);
    },
    300_000,
  );
});
