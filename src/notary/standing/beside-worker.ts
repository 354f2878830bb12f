/**
 * How a process stands that answers requests beside the worker: as the worker says, and with what it finds out by itself. Its
 * receipts are signed with a time of its own machine's clock, so it compares that with the worker's, which others judge; and
 * while no worker answers it may record by itself, and is then ready.
 */
import { openHalts } from "../halts/halts.js";
import { boundsBy, middle, stateBy } from "../halts/judge-clock.js";
import type { Impairment } from "../model/model.js";
import type { Ports } from "../ports/ports.js";
import type { TimeReading } from "../ports/host.js";
import type { Worker } from "../ports/worker.js";

export interface BesideSettings {
  /** So far apart the two clocks may be, in milliseconds. */
  readonly toleranceMs: number;
  /** What the worker's clock shows, less this process's clock that nobody sets; undefined where that is not known. */
  readonly clockReading: () => TimeReading | undefined;
  /** Whether this process records deposits by itself where the worker is silent. */
  readonly mayRecord: () => boolean;
}

export type StandingBeside = Pick<Worker, "refuseHalted" | "halts" | "readiness" | "status">;

export function standBeside(
  { now, monotonicMs, log }: Pick<Ports, "now" | "monotonicMs" | "log">,
  worker: StandingBeside,
  { toleranceMs, clockReading, mayRecord }: BesideSettings,
): StandingBeside {
  const own = openHalts({ now, monotonicMs, log });

  function look(): void {
    const reading = clockReading();
    const bounds = reading && boundsBy(reading, { nowMs: now(), monotonicMs: monotonicMs() });
    const state = bounds ? stateBy(bounds, toleranceMs) : "right";
    if (bounds === undefined || state === "right") {
      own.end("clock-wrong");
      return;
    }
    const got = `${Math.round(Math.abs(middle(bounds)) / 1000)} s ${state}`;
    own.declare("clock-wrong", {
      message: `this process's clock is about ${got} by that of the worker: it takes nothing until they agree`,
      detail: { got, want: `within ${toleranceMs / 1000} s` },
      stops: ["deposits"],
    });
  }

  const halts = () => {
    look();
    return own.current();
  };
  const told = (impairments: readonly Impairment[]): readonly Impairment[] =>
    mayRecord()
      ? impairments.map((one) =>
          one.code === "worker-away"
            ? {
                code: "worker-away-recording",
                detail:
                  "no worker answers: this process records deposits by itself, to be sealed when one leads",
              }
            : one,
        )
      : impairments;

  return {
    refuseHalted: (work) => {
      look();
      own.refuse(work);
      worker.refuseHalted(work);
    },
    halts: () => [...halts(), ...worker.halts()],
    readiness: async () => {
      const readiness = await worker.readiness();
      return {
        ...readiness,
        halts: [...halts(), ...readiness.halts],
        impairments: told(readiness.impairments),
      };
    },
    status: async () => {
      const status = await worker.status();
      return {
        ...status,
        ...(status.halts && { halts: [...halts(), ...status.halts] }),
        impairments: told(status.impairments),
      };
    },
  };
}
