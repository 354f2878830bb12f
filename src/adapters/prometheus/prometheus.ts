/**
 * GET /metrics in Prometheus' text format: what the notary's status says, and what Node says of the process. Served on a
 * listener of its own: what it tells is its operator's affair.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { HALT_CODES, IMPAIRMENT_CODES, type NotaryStatus, type Work } from "../../notary/model/model.js";

/** What one class of work stands at; `refused` by whose share was spent. */
export interface ShareWatched {
  readonly taken: number;
  readonly total: number;
  readonly largest: number;
  readonly refused: Readonly<Record<string, number>>;
}

/** The notary's state, and that of the server before it. */
export type Watched = NotaryStatus & {
  readonly shares: {
    readonly classes: Readonly<Record<string, ShareWatched>>;
    readonly requests: { readonly callers: number; readonly refused: Readonly<Record<string, number>> };
  };
  readonly connections?:
    | { readonly open: number; readonly largest: number; readonly refused: number; readonly unread: number }
    | undefined;
};

export function createMetrics(status: () => Promise<Watched>): RequestListener {
  const registry = new Registry();
  /** Of what only the worker knows: while none answers it is not shown, since no number would be true. */
  const ofWorker = new Registry();
  collectDefaultMetrics({ register: registry });
  const show = instruments(registry);
  const showWork = workInstruments(ofWorker);
  const showShares = shareInstruments(registry);
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("GET /metrics\n");
      return;
    }
    const state = await status();
    show(state);
    showShares(state);
    if (state.worker !== undefined) showWork(state);
    const shown = state.worker === undefined ? [registry] : [registry, ofWorker];
    const text = (await Promise.all(shown.map((one) => one.metrics()))).join("\n");
    response.writeHead(200, { "Content-Type": registry.contentType }).end(text);
  }
  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(503, { "Content-Type": "text/plain" }).end(`${(error as Error).message}\n`);
    });
  };
}

const MS = 1000;

function instruments(registry: Registry): (status: NotaryStatus) => void {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const ledgerSize = gauge("cunzheng_ledger_size", "Tree size of the newest checkpoint");
  const deferred = gauge(
    "cunzheng_deferred_batches",
    "Batches that were sealed while the clock was ahead, and wait for the time that they name",
  );
  const impaired = new Gauge({
    name: "cunzheng_impaired",
    help: "1 where this is wrong, whether deposits are taken or not; while no worker answers the others are not known",
    registers,
    labelNames: ["code"],
  });
  const free = new Gauge({
    name: "cunzheng_free_bytes",
    help: "Free on the file system of the data folder, and of the kept originals",
    registers,
    labelNames: ["of"],
  });
  const reserve = gauge("cunzheng_min_free_bytes", "Below it deposits are refused (minFreeBytes)");
  const ready = gauge("cunzheng_ready", "1 where deposits are taken");
  const jobs = new Gauge({
    name: "cunzheng_jobs",
    help: "What is to be done beside requests; dead: failed too often or for good, and waits for the operator",
    registers,
    labelNames: ["kind", "state"],
  });
  const oldestJob = new Gauge({
    name: "cunzheng_jobs_oldest_seconds",
    help: "How long ago the oldest job of this kind that waits or runs was asked for",
    registers,
    labelNames: ["kind"],
  });

  return ({ ledgerSize: treeSize, deferred: { batches }, jobs: standings, impairments, ...status }) => {
    const { storage, worker, halts } = status;
    jobs.reset();
    oldestJob.reset();
    for (const { kind, oldestSeconds, ...counts } of standings) {
      for (const state of ["waiting", "running", "dead"] as const) jobs.set({ kind, state }, counts[state]);
      oldestJob.set({ kind }, oldestSeconds);
    }
    ledgerSize.set(treeSize);
    deferred.set(batches);
    impaired.reset();
    if (worker !== undefined) for (const code of IMPAIRMENT_CODES) impaired.set({ code }, 0);
    for (const { code } of impairments) impaired.set({ code }, 1);
    for (const disk of ["data", "originals"] as const) free.set({ of: disk }, storage.freeBytes[disk]);
    reserve.set(storage.minFreeBytes);
    ready.set(halts === undefined || halts.length > 0 || storage.isFull ? 0 : 1);
  };
}

function workInstruments(registry: Registry): (status: Work) => void {
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const ofAuthority = (name: string, help: string) =>
    new Gauge({ name: `cunzheng_timestamp_authority_${name}`, help, registers, labelNames: ["authority"] });

  const since = new Gauge({
    name: "cunzheng_worker_since_timestamp_seconds",
    help: "When the process that records and signs began to, since 1970; its number is the label",
    registers,
    labelNames: ["pid"],
  });
  const deposits = counter("cunzheng_deposits_total", "Deposits accepted since the start");
  const batches = counter("cunzheng_batches_total", "Batches sealed since the start");
  const certificates = counter("cunzheng_certificates_total", "Certificates issued since the start");
  const lag = gauge(
    "cunzheng_finality_lag_seconds",
    "How long the oldest deposit on the ledger has waited for its quorum; 0 where none waits",
  );
  const offset = gauge(
    "cunzheng_clock_offset_seconds",
    "This machine's clock against the time servers; NaN where it was not measured within the last hour",
  );
  const judged = gauge(
    "cunzheng_clock_judged",
    "1 where time servers or a quorum of nodes have judged this machine's clock; 0: nobody can say whether it is right",
  );
  const halted = new Gauge({
    name: "cunzheng_halted",
    help: "1 where this service takes or signs nothing, for the reason of this code",
    registers,
    labelNames: ["code"],
  });
  const up = ofAuthority("up", "1 where the authority answered when last asked, or has not been asked");
  const failures = ofAuthority("consecutive_failures", "Failures in a row");
  const pending = ofAuthority("pending_checkpoints", "Final checkpoints without a token of it, up to 10,000");
  const success = ofAuthority("last_success_timestamp_seconds", "When it last gave a token, since 1970");

  return ({ worker, sinceStart, finalityLagSeconds, halts, clock, clockOffsetMs, timestampAuthorities }) => {
    since.reset();
    since.set({ pid: worker.pid }, Date.parse(worker.since) / MS);
    judged.set(clock.state === "unknown" ? 0 : 1);
    for (const code of HALT_CODES) halted.set({ code }, halts.some((halt) => halt.code === code) ? 1 : 0);
    setTotal(deposits, sinceStart.deposits);
    setTotal(batches, sinceStart.batches);
    setTotal(certificates, sinceStart.certificates);
    lag.set(finalityLagSeconds);
    offset.set(clockOffsetMs === null ? Number.NaN : clockOffsetMs / MS);
    for (const one of timestampAuthorities) {
      const labels = { authority: one.name };
      up.set(labels, one.alive ? 1 : 0);
      failures.set(labels, one.failures);
      pending.set(labels, one.pending);
      if (one.lastSuccessAt !== undefined) success.set(labels, Date.parse(one.lastSuccessAt) / MS);
    }
  };
}

/** Labels name classes and kinds of callers, never a caller: their number is fixed. */
function shareInstruments(registry: Registry): (watched: Watched) => void {
  const registers = [registry];
  const ofClass = (name: string, help: string) =>
    new Gauge({ name: `cunzheng_share_${name}`, help, registers, labelNames: ["class"] });
  const gauge = (name: string, help: string) => new Gauge({ name: `cunzheng_${name}`, help, registers });
  const taken = ofClass("taken", "Under way of this class: requests, or bytes in memory");
  const total = ofClass("total", "The most that may be under way of this class");
  const largest = ofClass("largest", "Under way of the one key, organisation or address that has most");
  const refused = new Counter({
    name: "cunzheng_share_refused_total",
    help: "Refused since the start, by whose share was spent; `all`: nothing was left for anybody",
    registers,
    labelNames: ["class", "scope"],
  });
  const callers = gauge("request_rate_callers", "Callers whose rate of requests is remembered");
  const open = gauge("connections_open", "Connections of the public listener");
  const most = gauge("connections_largest", "Connections of the one address that has most");
  const turned = new Counter({
    name: "cunzheng_connections_ended_total",
    help: "Connections refused for their number, or ended since nobody read the answer, since the start",
    registers,
    labelNames: ["reason"],
  });

  return ({ shares, connections }) => {
    refused.reset();
    for (const [name, one] of Object.entries(shares.classes)) {
      const labels = { class: name };
      taken.set(labels, one.taken);
      total.set(labels, one.total);
      largest.set(labels, one.largest);
      for (const [scope, count] of Object.entries(one.refused)) refused.inc({ ...labels, scope }, count);
    }
    for (const [scope, count] of Object.entries(shares.requests.refused))
      refused.inc({ class: "requests", scope }, count);
    callers.set(shares.requests.callers);
    if (connections === undefined) return;
    open.set(connections.open);
    most.set(connections.largest);
    turned.reset();
    turned.inc({ reason: "too-many" }, connections.refused);
    turned.inc({ reason: "unread" }, connections.unread);
  };
}

/** The notary counts; here it is only told. */
function setTotal(counter: Counter, total: number): void {
  counter.reset();
  counter.inc(total);
}
