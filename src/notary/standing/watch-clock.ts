/**
 * The clock, watched: a receipt and a batch are signed with times, so while this machine's clock is wrong, by time servers
 * or else by a quorum of nodes, nothing is taken or sealed, and it goes on by itself when the clock is right again. Its own
 * last times decide nothing. Where nobody can say, it goes on: then finality waits for the same nodes.
 *
 * A node says the time by cosigning once more what it has cosigned last (C2SP tlog-witness: "refreshes the timestamp"):
 * whole seconds, cut off, so true time lay between that second and the next one while it was asked.
 */
import type { Consortium } from "../../core/trust/consortium.js";
import type { CosignerNode } from "../finality/cosigner-node.js";
import type { Halts } from "../halts/halts.js";
import {
  type Bounds,
  boundsBy,
  judgeByNodes,
  judgeByServers,
  median,
  middle,
  type Moment,
  stateBy,
} from "../halts/judge-clock.js";
import type { ClockStanding, ClockState } from "../model/model.js";
import type { ClockOffsetMs, TimeReading } from "../ports/host.js";
import type { Ports } from "../ports/ports.js";
import { pause } from "../model/wake-up.js";

export interface ClockWatch {
  /** Halts, or ends the halt, by what is known at this moment; asks for nothing. To be called before a time is signed. */
  look(): void;
  /** By the time servers, in tenths of a millisecond; null where none has answered within the last hour. */
  readonly offsetMs: ClockOffsetMs;
  standing(): ClockStanding;
  close(): void;
}

export interface ClockSettings {
  readonly consortium: Consortium;
  readonly halts: Halts;
  readonly nodes: readonly CosignerNode[];
  /** Of the newest checkpoint. */
  readonly treeSize: () => number;
  /** So far from true time the clock may be, either way. */
  readonly toleranceMs: number;
}

type ClockPorts = Pick<Ports, "now" | "monotonicMs" | "timeServers" | "log">;

/** A step is noticed within so long where nobody deposits, and at once where somebody does. */
const LOOK_MS = 1000;
/** What is no slow correction is a step: everybody is asked anew. */
const STEP_MS = 1000;
/** The two clocks are read one after the other, and one of them tells whole milliseconds. */
const SAME_APART_MS = 2;
/** Slow drift is seen within so long. */
const JUDGED_EVERY_MS = 100;
/** No server should be asked oftener than four times a minute, nor all day as often (RFC 4330, section 10). */
const SERVERS_MS = { usually: 300_000, unsettled: 60_000, least: 16_000 };
const NODES_MS = { usually: 60_000, unsettled: 5000, least: 1000 };
/** The start waits so long for the first answers. */
const START_MS = 2000;
const OFFSET_VALID_MS = 3_600_000;
/** A fifth of what check 8 tolerates. */
const FAR_MS = 1000;

interface Judged extends ClockStanding {
  /** By those who say so. */
  readonly aheadMs?: number;
  /** Who says so. */
  readonly who: string;
}

/** Resolves when enough is known to judge, all have answered, or nobody has for a while. */
export async function watchClock(ports: ClockPorts, settings: ClockSettings): Promise<ClockWatch> {
  const { now, monotonicMs, timeServers, log } = ports;
  const { consortium, halts, nodes, treeSize, toleranceMs } = settings;
  const stop = new AbortController();
  let ofServers: readonly (TimeReading | undefined)[] = [];
  const ofNodes = new Map<CosignerNode, TimeReading>();
  const asked = { servers: -Infinity, nodes: -Infinity };
  const moment = (): Moment => ({ nowMs: now(), monotonicMs: monotonicMs() });
  const apartMs = () => now() - monotonicMs();
  let lastApartMs = apartMs();
  let isStepped = false;

  /** What was judged last, and of what: before each deposit it is asked for, and the quorum is counted in it. */
  let known: { readonly judged: Judged; readonly apartMs: number; readonly atMs: number } | undefined;

  function judge(): Judged {
    const at = moment();
    const apart = at.nowMs - at.monotonicMs;
    if (
      known === undefined ||
      Math.abs(apart - known.apartMs) > SAME_APART_MS ||
      Math.abs(at.monotonicMs - known.atMs) > JUDGED_EVERY_MS
    )
      known = { judged: judgeAnew(at), apartMs: apart, atMs: at.monotonicMs };
    return known.judged;
  }

  function judgeAnew(at: Moment): Judged {
    const servers = ofServers.flatMap((reading) => (reading ? [boundsBy(reading, at)] : []));
    const configured = timeServers?.names.length ?? 0;
    const byServers = judgeByServers(
      servers.map((bounds) => stateBy(bounds, toleranceMs)),
      configured,
    );
    const agreeing = (all: readonly Bounds[], state: ClockState) =>
      all.filter((bounds) => stateBy(bounds, toleranceMs) === state);
    if (byServers !== "unknown") {
      const those = agreeing(servers, byServers);
      return judged(byServers, "time-servers", those, `${those.length} of ${configured} time servers`);
    }
    const bounds = new Map<string, Bounds>();
    for (const [node, reading] of ofNodes) {
      const by = boundsBy(reading, at);
      // Of an organisation with several nodes, one that agrees is enough.
      const before = bounds.get(node.organisation);
      if (before === undefined || stateBy(before, toleranceMs) !== "right") bounds.set(node.organisation, by);
    }
    const said = new Map([...bounds].map(([id, by]) => [id, stateBy(by, toleranceMs)]));
    const byNodes = judgeByNodes(said, { consortium, treeSize: treeSize() });
    if (byNodes === "unknown") return { state: "unknown", by: null, who: "" };
    const names = [...said].filter(([, state]) => state === byNodes).map(([id]) => id);
    return judged(
      byNodes,
      "nodes",
      agreeing([...bounds.values()], byNodes),
      `the nodes of ${names.join(", ")}`,
    );
  }

  function look(): void {
    noticeStep();
    const { state, who, aheadMs = 0 } = judge();
    if (state === "right" || state === "unknown") {
      halts.end("clock-wrong");
      return;
    }
    const got = `${Math.round(Math.abs(aheadMs) / 1000)} s ${state}`;
    halts.declare("clock-wrong", {
      message: `this machine's clock is about ${got} by ${who}: no time is signed until it is right`,
      detail: { got, want: `within ${toleranceMs / 1000} s` },
      stops: ["deposits", "signing"],
    });
  }

  function noticeStep(): void {
    const steppedMs = apartMs() - lastApartMs;
    if (Math.abs(steppedMs) < STEP_MS) return;
    lastApartMs += steppedMs;
    isStepped = true;
    log.warn({ byMs: Math.round(steppedMs) }, "this machine's clock was set: others are asked for the time");
    setImmediate(() => void askWhereDue());
  }

  async function askServers(): Promise<void> {
    if (timeServers === undefined) return;
    asked.servers = monotonicMs();
    const answers = await timeServers.ask();
    // Who does not answer now has not taken back what it said.
    ofServers = timeServers.names.map((_, i) => answers[i] ?? ofServers[i]);
    known = undefined;
    const offset = offsetMs();
    if (offset !== null && Math.abs(offset) > FAR_MS)
      log.warn(
        { offsetMs: offset, servers: answers.filter(Boolean).length },
        "this machine's clock is wrong",
      );
  }

  async function askNodes(): Promise<void> {
    asked.nodes = monotonicMs();
    await Promise.all(
      nodes.map(async (node) => {
        const reading = await node.askTime().catch(() => undefined);
        if (reading === undefined || stop.signal.aborted) return;
        ofNodes.set(node, reading);
        known = undefined;
        look();
      }),
    );
  }

  let asking: Promise<void> | undefined;
  const askWhereDue = (): Promise<void> =>
    (asking ??= askThose().finally(() => {
      asking = undefined;
    }));

  /** The nodes only where the servers leave it open. */
  async function askThose(): Promise<void> {
    if (stop.signal.aborted) return;
    const isRight = judge().state === "right";
    const isDue = (ms: typeof NODES_MS, atMs: number) =>
      monotonicMs() - atMs >= (isStepped ? ms.least : isRight ? ms.usually : ms.unsettled);
    const [servers, others] = [isDue(SERVERS_MS, asked.servers), isDue(NODES_MS, asked.nodes)];
    if (servers) await askServers();
    if (others && judge().by !== "time-servers") await askNodes();
    if (servers || others) isStepped = false;
    look();
  }

  function offsetMs(): number | null {
    const at = moment();
    const fresh = ofServers.flatMap((reading) =>
      reading && at.monotonicMs - reading.atMs <= OFFSET_VALID_MS ? [middle(boundsBy(reading, at))] : [],
    );
    const offset = median(fresh);
    // Never -0.
    return offset === undefined ? null : Math.round(offset * 10) / 10 + 0;
  }

  await Promise.race([askWhereDue(), pause(START_MS, stop.signal)]);
  look();
  const timer = setInterval(() => {
    noticeStep();
    void askWhereDue();
  }, LOOK_MS).unref();
  return {
    look,
    offsetMs,
    standing: () => {
      const { state, by, aheadMs } = judge();
      return { state, by, ...(aheadMs !== undefined && { aheadSeconds: Math.round(aheadMs / 1000) + 0 }) };
    },
    close: () => {
      stop.abort();
      clearInterval(timer);
    },
  };
}

function judged(state: ClockState, by: ClockStanding["by"], those: readonly Bounds[], who: string): Judged {
  const aheadMs = median(those.map(middle));
  return { state, by, who, ...(aheadMs !== undefined && { aheadMs }) };
}
