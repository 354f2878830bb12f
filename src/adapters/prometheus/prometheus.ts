/**
 * GET /metrics in Prometheus' text format: what the notary's status says, and what Node says of the process. Served on a
 * listener of its own: what it tells is its operator's affair.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { HALT_CODES, type NotaryStatus } from "../../notary/ports.js";

export function createMetrics(status: () => Promise<NotaryStatus>): RequestListener {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const show = instruments(registry);
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("GET /metrics\n");
      return;
    }
    show(await status());
    response.writeHead(200, { "Content-Type": registry.contentType }).end(await registry.metrics());
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
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const ofAuthority = (name: string, help: string) =>
    new Gauge({ name: `cunzheng_timestamp_authority_${name}`, help, registers, labelNames: ["authority"] });

  const deposits = counter("cunzheng_deposits_total", "Deposits accepted since the start");
  const batches = counter("cunzheng_batches_total", "Batches sealed since the start");
  const certificates = counter("cunzheng_certificates_total", "Certificates issued since the start");
  const ledgerSize = gauge("cunzheng_ledger_size", "Tree size of the newest checkpoint");
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
  const deferred = gauge(
    "cunzheng_deferred_batches",
    "Batches that were sealed while the clock was ahead, and wait for the time that they name",
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

  return (status) => {
    const {
      sinceStart,
      ledgerSize: treeSize,
      finalityLagSeconds,
      clockOffsetMs,
      timestampAuthorities,
    } = status;
    judged.set(status.clock.state === "unknown" ? 0 : 1);
    deferred.set(status.deferred.batches);
    for (const code of HALT_CODES)
      halted.set({ code }, status.halts.some((halt) => halt.code === code) ? 1 : 0);
    setTotal(deposits, sinceStart.deposits);
    setTotal(batches, sinceStart.batches);
    setTotal(certificates, sinceStart.certificates);
    ledgerSize.set(treeSize);
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

/** The notary counts; here it is only told. */
function setTotal(counter: Counter, total: number): void {
  counter.reset();
  counter.inc(total);
}
