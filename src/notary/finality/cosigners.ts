/** The witnesses and mirrors of the trust file as they are asked: one node for each address, however many answer there. */
import type { Verifiers } from "../../core/ledger/verifiers.js";
import { SIGNATURE_TYPE } from "../../core/ledger/vkey.js";
import { type Consortium, cosignersByName, type Witness } from "../../core/trust/consortium.js";
import type { WitnessClient } from "../ports/nodes.js";
import type { Ports } from "../ports/ports.js";
import { type CosignerNode, type NodeSettings, openNode } from "./cosigner-node.js";
import type { WitnessView } from "./targets.js";
import { type MirrorProgress, newProgress } from "./upload-entries.js";

type CosignerPorts = Pick<Ports, "store" | "witnesses" | keyof Verifiers | "monotonicMs" | "log">;

/** One witness or mirror, as it is asked: the state of its loop. */
export interface Cosigner extends WitnessView {
  readonly witness: Witness;
  readonly node: CosignerNode;
  /** How far a mirror's copy is; a witness has none. */
  readonly progress?: MirrorProgress;
  isAlive: boolean;
}

export async function openCosigners(
  ports: CosignerPorts,
  consortium: Consortium,
  settings: Pick<NodeSettings, "newestSize" | "keep" | "signal" | "suspect">,
): Promise<Cosigner[]> {
  const { store } = ports;
  // One client is one node.
  const byClient = new Map<WitnessClient, { readonly witness: Witness; readonly size: number }[]>();
  const newestSize = settings.newestSize();
  for (const witness of cosignersByName(consortium)) {
    // Whoever has left for good is asked no more.
    if (
      !consortium.witnesses.some(({ name, until = Infinity }) => name === witness.name && until > newestSize)
    )
      continue;
    const client = ports.witnesses.get(witness.name);
    if (client === undefined) throw new Error(`internal: no client for witness ${witness.name}`);
    const sizes = await Promise.all(witness.vkeys.map((vkey) => store.newestCosigned(vkey)));
    const size = Math.max(0, ...sizes);
    byClient.set(client, [...(byClient.get(client) ?? []), { witness, size }]);
  }
  return [...byClient].flatMap(([client, cosigners]) => {
    const node = openNode(ports, {
      name: cosigners[0]?.witness.name ?? "",
      organisation: cosigners[0]?.witness.organisation ?? "",
      client,
      witnessVkeys: cosigners.flatMap(({ witness }) => (witness.kind === "witness" ? witness.vkeys : [])),
      knowsMlDsa44: cosigners.some(({ witness }) =>
        witness.vkeys.some(({ type }) => type === SIGNATURE_TYPE.mlDsa44),
      ),
      treeSize: Math.max(...cosigners.map(({ size }) => size)),
      ...settings,
    });
    return cosigners.map(({ witness, size }) => openCosigner(witness, node, size));
  });
}

function openCosigner(witness: Witness, node: CosignerNode, size: number): Cosigner {
  const cosigner = { witness, node, isAlive: true };
  if (witness.kind === "witness") return { ...cosigner, canCosign: (treeSize) => treeSize >= node.treeSize };
  const progress = newProgress(size);
  return {
    ...cosigner,
    progress,
    canCosign: (treeSize) =>
      treeSize >= progress.mirroredSize && (node.hasTaken(treeSize) || treeSize >= node.treeSize),
  };
}
