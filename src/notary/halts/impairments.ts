/**
 * What is wrong while deposits may still be taken, by name: one list, from which `/readyz`, `/v1/status` and the metrics
 * speak, so that none of them says that all is well where another knows better. Computed from the state at each look.
 * Its sentences are public: they name no file, no address and no depositor.
 */
import type { Impairment, ImpairmentCode, StorageStanding } from "../model/model.js";
import type { Ports } from "../ports/ports.js";

export interface ImpairmentSources {
  readonly storage: StorageStanding;
  /** How long the oldest deposit that is on the ledger and not final has been there. */
  readonly waitingMs: number;
  readonly awaitedNodes: readonly string[];
  readonly isClockJudged: boolean;
  readonly isSealingFailing: boolean;
  /** Names of time-stamping authorities that did not answer when last asked. */
  readonly deadAuthorities: readonly string[];
  /** Whether certificates can be signed, as far as the signer's own time goes; undefined where nobody signs any. */
  readonly isSignerValid: boolean | undefined;
  /** Kinds of which jobs are dead. */
  readonly deadJobs: readonly string[];
  readonly failingWorkers: ReturnType<NonNullable<Ports["failingWorkers"]>>;
}

/** Longer than a consortium that is well ever takes. */
export const FINALITY_STOPPED_MS = 60_000;

export function impairmentsOf(sources: ImpairmentSources): readonly Impairment[] {
  const { storage, waitingMs, awaitedNodes, deadAuthorities, deadJobs, failingWorkers } = sources;
  const found: (readonly [ImpairmentCode, boolean, string])[] = [
    [
      "finality-stopped",
      waitingMs > FINALITY_STOPPED_MS,
      `too few nodes cosign: the oldest deposit has waited for ${Math.round(waitingMs / 1000)} seconds`,
    ],
    [
      "nodes-awaited",
      awaitedNodes.length > 0,
      "nothing is signed before enough nodes have shown what they have cosigned; deposits are taken and wait",
    ],
    ["clock-unjudged", !sources.isClockJudged, "nobody can say whether this machine's clock is right"],
    ["sealing-failing", sources.isSealingFailing, "deposits are taken, and can't be sealed or appended"],
    [
      "timestamps-missing",
      deadAuthorities.length > 0,
      `no time-stamps come from ${deadAuthorities.join(", ")}`,
    ],
    [
      "signer-invalid",
      sources.isSignerValid === false,
      "the X.509 certificate that signs certificates is not valid now: none are issued",
    ],
    [
      "jobs-dead",
      deadJobs.length > 0,
      `jobs have failed too often, or for good, and wait for the operator: ${deadJobs.join(", ")}`,
    ],
  ];
  return [
    ...storageImpairments(storage),
    ...found.flatMap(([code, holds, detail]) => (holds ? [{ code, detail }] : [])),
    ...failingImpairments(failingWorkers),
  ];
}

export function storageImpairments({ isFull, isFullForOriginals }: StorageStanding): readonly Impairment[] {
  if (isFull) return [{ code: "storage-full", detail: "there is no room to store deposits" }];
  const detail = "there is no room to keep originals; deposits that keep none are taken";
  return isFullForOriginals ? [{ code: "storage-full", detail }] : [];
}

/** Of the threads and processes that a process has beside its event loop, and of the queue by which others wake it. */
export function failingImpairments(failing: ImpairmentSources["failingWorkers"]): readonly Impairment[] {
  return FAILING.flatMap(([name, impairment]) => (failing.includes(name) ? [impairment] : []));
}

type Worker = ImpairmentSources["failingWorkers"][number];

const FAILING: readonly (readonly [Worker, Impairment])[] = [
  [
    "certificates",
    {
      code: "certificates-failing",
      detail: "the thread that makes certificates died, and has made none since",
    },
  ],
  [
    "verifier",
    {
      code: "verifier-failing",
      detail: "the process that verifies files died, and has judged none since",
    },
  ],
  [
    "queue",
    {
      code: "queue-away",
      detail:
        "processes do not wake each other: each looks by itself, so that things take up to a second longer",
    },
  ],
];
