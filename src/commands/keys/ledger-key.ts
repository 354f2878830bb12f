/** `cunzheng keygen`, or `keygen ledger-key`: a key that signs checkpoints, receipts or cosignatures. */
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from "../../core/ledger/verifiers.js";
import { command } from "../model/command.js";
import { UsageError } from "../model/errors.js";
import { EXIT } from "../model/exit-codes.js";
import { oneOf, required } from "../model/options.js";
import type { World } from "../model/world.js";

export type KeyKind = "log" | "receipt" | "witness" | "mirror";

export interface KeygenOptions {
  readonly name: string;
  readonly kind: KeyKind;
  readonly algorithm: SignatureAlgorithm;
  readonly out: string;
}

export interface KeygenEffects {
  /** Makes a key file; resolves with the verifier key that belongs to it. Rejects where the file exists. */
  keygen(options: KeygenOptions): Promise<{ readonly vkey: string }>;
}

export const ledgerKey = command({
  name: "ledger-key",
  isDefault: true,
  description: "make a signing key in a file of its own (never overwritten) and print its verifier key",
  options: {
    name: required("<name>", "a log's origin, or the name of a receipt key, witness or mirror"),
    kind: oneOf<KeyKind>("<kind>", "what it will sign", { words: ["log", "receipt", "witness", "mirror"] }),
    algorithm: oneOf<SignatureAlgorithm>(
      "<algorithm>",
      "ml-dsa-44: a second key, beside the Ed25519 one; none for receipts",
      { words: SIGNATURE_ALGORITHMS, absent: "ed25519" },
    ),
    out: required("<file>", "the key file"),
  },
  run: async (options, world: World & KeygenEffects) => {
    if (options.kind === "receipt" && options.algorithm === "ml-dsa-44")
      throw new UsageError("--algorithm: receipts are signed with Ed25519 (docs/evidence-format.md, 6)");
    const { vkey } = await world.keygen(options);
    world.print(`${vkey}\n`);
    return EXIT.done;
  },
});
