/** Many certificates at once: all are looked at before the first is made, so that a refusal comes instead of half a file. */
import type { DepositorClasses } from "../finality/finality.js";
import { findOwnDeposit, locate } from "../reading/locate-deposit.js";
import type { CertificateLanguage, Principal } from "../model/model.js";
import type { Store } from "../ports/ports.js";
import type { StoredDeposit } from "../ports/deposits.js";
import type { Worker } from "../ports/worker.js";
import { Refusal } from "../model/refusal.js";

export interface MadeCertificate {
  readonly id: string;
  readonly pdf: Uint8Array;
}

/** Made ahead of whoever reads them, so that the drawing thread never waits for the network. */
const AHEAD = 4;
/** Between two breaths of the event loop. */
const LOOKED_AT_ONCE = 50;

export interface ManyCertificatesSettings {
  readonly store: Store;
  readonly classes: DepositorClasses;
  readonly worker: Pick<Worker, "certificate">;
}

export async function manyCertificates(
  { store, classes, worker }: ManyCertificatesSettings,
  by: Principal,
  ids: readonly string[],
  language: CertificateLanguage,
): Promise<AsyncIterable<MadeCertificate>> {
  const deposits: StoredDeposit[] = [];
  for (const [i, id] of ids.entries()) {
    if (i % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await new Promise((resolve) => setTimeout(resolve));
    const deposit = await findOwnDeposit(store, by, id).catch((error: unknown) => {
      throw at(`/ids/${i}`, error);
    });
    const { finality } = await locate(store, classes, deposit);
    if (finality === undefined)
      throw new Refusal("not-final", "one of the deposits is not final yet", {
        field: `/ids/${i}`,
        got: id,
        want: "final",
        retryAfterSeconds: 1,
      });
    deposits.push(deposit);
  }
  const make = async (deposit: StoredDeposit): Promise<MadeCertificate> => ({
    id: deposit.id,
    pdf: (await worker.certificate(deposit.id, language, "newest")).pdf,
  });
  const [first, ...rest] = deposits;
  // The first is waited for: what keeps every certificate from being made is told before a file is begun.
  const begun = first && (await make(first));
  return begun === undefined ? ahead(rest, make) : after(begun, ahead(rest, make));
}

async function* after<Made>(first: Made, rest: AsyncIterable<Made>): AsyncGenerator<Made> {
  yield first;
  yield* rest;
}

/** A refusal of one of them, with its place. */
function at(field: string, error: unknown): unknown {
  const isOfDeposit = error instanceof Refusal && error.code !== "role-insufficient";
  return isOfDeposit ? new Refusal(error.code, error.message, { ...error.detail, field }) : error;
}

async function* ahead<T, Made>(items: readonly T[], make: (item: T) => Promise<Made>): AsyncGenerator<Made> {
  const making: Promise<Made>[] = [];
  const begin = (item: T) => {
    const made = make(item);
    made.catch(() => undefined); // Told when its turn comes, if anybody is still there.
    making.push(made);
  };
  for (const item of items) {
    begin(item);
    if (making.length > AHEAD) yield await (making.shift() as Promise<Made>);
  }
  for (const made of making) yield await made;
}
