/** What watches the notary asks for what there is: the manual, the alert rules and the dashboard say the same, of metrics that exist. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { PROJECT } from "../../scripts/project.js";
import { createMetrics, type Watched } from "../../src/adapters/prometheus/prometheus.js";

const read = (...path: string[]) => readFileSync(join(PROJECT, ...path), "utf8");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
}

const rules = (
  parse(read("deploy/prometheus/alerts.yml")) as { groups: readonly { rules: readonly Rule[] }[] }
).groups.flatMap((group) => group.rules);
const panels = (
  JSON.parse(read("deploy/grafana/dashboards/cunzheng.json")) as {
    panels: readonly { title: string; targets: readonly { expr: string }[] }[];
  }
).panels;

/** Of everything that can be shown there is something. */
const STATE = {
  ledgerSize: 1,
  deferred: { batches: 0 },
  jobs: [{ kind: "a", waiting: 1, running: 0, dead: 0, oldestSeconds: 1 }],
  impairments: [],
  storage: { freeBytes: { data: 1, originals: 1 }, minFreeBytes: 1, isFull: false },
  halts: [],
  worker: { pid: 1, since: "2026-01-01T00:00:00.000Z" },
  sinceStart: { deposits: 1, batches: 1, certificates: 1 },
  finalityLagSeconds: 0,
  clock: { state: "right" },
  clockOffsetMs: 0,
  timestampAuthorities: [
    { name: "a", alive: true, failures: 0, pending: 0, lastSuccessAt: "2026-01-01T00:00:00.000Z" },
  ],
  shares: {
    classes: { bodies: { taken: 0, total: 1, largest: 0, refused: { key: 0 } } },
    requests: { callers: 0, refused: { key: 0 } },
  },
  connections: { open: 0, largest: 0, refused: 0, unread: 0 },
} as unknown as Watched;

let served: ReadonlySet<string>;
const server = createServer(createMetrics(() => Promise.resolve(STATE)));
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  served = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = ""]) => name));
});
afterAll(() => {
  server.close();
});

/** Prometheus makes `up` itself; the others are a process's own. */
const metricsOf = (expr: string): string[] =>
  [...expr.matchAll(/\b(?:cunzheng|nodejs|process)_\w+|\bup\b/g)].map(([name]) => name);

/** The rules of one kind as the manual tells them: an indented block, expression and `for` far apart. */
function toldAfter(words: string): (readonly [string, string])[] {
  const [, block = ""] =
    read("docs/operation.md")
      .split(words)[1]
      ?.match(/\n\n((?: {4}.*\n)+)/) ?? [];
  return block
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/ {2,}/) as [string, string]);
}

it.each([
  ["page", "wake somebody on"],
  ["ticket", "tell them by day on"],
])("the manual and the rules say the same of severity %s", (severity, words) => {
  const ruled = rules.filter(({ labels }) => labels.severity === severity);
  expect(ruled.length).toBeGreaterThan(2);
  expect(toldAfter(words)).toEqual(ruled.map((rule) => [rule.expr, rule.for]));
});

it("every rule has a severity that the manual tells of", () => {
  expect(new Set(rules.map(({ labels }) => labels.severity))).toEqual(new Set(["page", "ticket"]));
});

it.each([
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
])("%s asks for what there is: %s", (_, expr) => {
  const metrics = metricsOf(expr);
  expect(metrics).not.toEqual([]);
  for (const name of metrics) expect(name === "up" || served.has(name) ? "there" : name).toBe("there");
});

it("the dashboard asks the one data source that is provisioned", () => {
  const { datasources } = parse(read("deploy/grafana/provisioning/datasources/prometheus.yml")) as {
    datasources: readonly { uid: string }[];
  };
  const named = new Set([...JSON.stringify(panels).matchAll(/"uid":"([^"]+)"/g)].map(([, uid]) => uid));
  expect([...named]).toEqual(datasources.map(({ uid }) => uid));
});
