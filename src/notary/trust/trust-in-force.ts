/**
 * The trust file in force: the configured one and what the ledger in the store makes of it. Derived at each start and
 * written nowhere, so that nobody can forget to hand it in: a notary that went on counting a key which the consortium
 * has retired would give out evidence that courts refuse. Whoever wants the file has `cunzheng consortium update`.
 */
import { printTrustFile } from "../../core/membership/change.js";
import { beginHistory, continueHistory, type History, oddEntries } from "../../core/membership/history.js";
import { parseTrustFile } from "../../core/trust/trust-file.js";
import type { LedgerStore } from "../ports/ledger.js";
import type { Ports } from "../ports/ports.js";

interface HistoryPorts extends Pick<Ports, "verifyEd25519" | "verifyMlDsa44"> {
  readonly store: Pick<LedgerStore, "consortiumEntries">;
}
type TrustPorts = HistoryPorts & Pick<Ports, "log">;

/** The configured file byte for byte where the ledger holds no change of it. */
export async function trustInForce(ports: TrustPorts, configured: Uint8Array): Promise<Uint8Array> {
  const history = await readHistory(ports, configured);
  for (const { index, problem } of oddEntries(history))
    ports.log.error({ index, ...problem }, "the ledger holds a change of the consortium that is none");
  const { start, present } = history;
  if (present === start) return configured;
  ports.log.warn(
    { configured: start.revision ?? 0, inForce: present.revision },
    "the ledger holds changes that the trust file lacks: the notary works under the one that comes of them",
  );
  return printTrustFile(present);
}

/** What the ledger in the store makes of a trust file. */
export async function readHistory(
  { store, verifyEd25519, verifyMlDsa44 }: HistoryPorts,
  trustFile: Uint8Array,
): Promise<History> {
  const entries = await store.consortiumEntries();
  return entries.reduce(
    (history, { index, content }) =>
      continueHistory(history, { index, entry: content }, { verifyEd25519, verifyMlDsa44 }),
    beginHistory(parseTrustFile(trustFile)),
  );
}
