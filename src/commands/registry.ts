/**
 * Every command of the program, in the order of its help. A new one is a file of its own and a line here; where it needs
 * more of the world than `World`, src/programs/world.ts has to give it, or nothing compiles.
 */
import { consortium } from "./consortium/consortium.js";
import { certificate } from "./evidence/certificate.js";
import { challenge } from "./evidence/challenge.js";
import { policy } from "./evidence/policy.js";
import { template } from "./evidence/template.js";
import { verify } from "./evidence/verify.js";
import { keygen } from "./keys/keygen.js";
import type { NeededBy } from "./model/command.js";
import { misconduct } from "./node/misconduct.js";
import { witness } from "./node/witness.js";
import { adoptLedger } from "./notary/adopt-ledger.js";
import { backup } from "./notary/backup.js";
import { fsck } from "./notary/fsck.js";
import { jobs } from "./notary/jobs/jobs.js";
import { migrate } from "./notary/migrate.js";
import { operatorKey } from "./notary/operator-key.js";
import { recover } from "./notary/recover.js";
import { restore } from "./notary/restore.js";
import { serve } from "./notary/serve.js";
import { worker } from "./notary/worker.js";
import type { World } from "./model/world.js";

export const COMMANDS = [
  verify,
  challenge,
  template,
  certificate,
  policy,
  consortium,
  serve,
  worker,
  witness,
  misconduct,
  adoptLedger,
  recover,
  backup,
  restore,
  migrate,
  fsck,
  keygen,
  operatorKey,
  jobs,
];

/** This is all that any command needs of the world. */
export type CommandWorld = World & NeededBy<(typeof COMMANDS)[number]>;
