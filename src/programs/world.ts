/**
 * What the commands need of the world, made real: each line names where. The two services, the certificate's drawing and all
 * else is loaded only when asked for, so that verifying a file does not wait for a web server's code.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandWorld } from "../commands/registry.js";
import type { Catalogue } from "../commands/text/report-text.js";
import { readAtMost } from "../platform/files/read-at-most.js";
import { createDigester } from "../platform/keys/ed25519.js";
import { VERIFIERS } from "../platform/keys/verifiers.js";
import { verifyX509Signature } from "../platform/keys/x509-signature.js";
import { PROJECT, softwareVersion } from "../platform/project.js";
import { runUntilTold } from "./services/until-told.js";

const TEMPLATES = join(PROJECT, "templates");
/** These are this machine's own, faster implementations of what verifying needs. */
const HOST = { ...VERIFIERS, createDigester, verifyX509Signature };

const templateFolders = (more: string | undefined) => (more === undefined ? [TEMPLATES] : [more, TEMPLATES]);

/** Gives the world as this process has it. Throws where the program was not built. */
export const openWorld = (): CommandWorld => ({
  version: softwareVersion(),
  language: /^zh/i.test(process.env.LC_ALL ?? process.env.LANG ?? "") ? "zh" : "en",
  catalogue: () => JSON.parse(readFileSync(join(TEMPLATES, "wording/report.json"), "utf8")) as Catalogue,
  print: (text) => process.stdout.write(text),
  printError: (text) => process.stderr.write(text),
  readFile: readAtMost,

  verifyFile: async ({ templates, ...input }) => {
    const { createFileVerifier } = await import("./verifying/verifier.js");
    return createFileVerifier({ templates: templateFolders(templates), ...HOST })(input);
  },
  readRecord: async (path, question) => {
    const { readRecord } = await import("./verifying/read-record.js");
    const tell = process.stderr.isTTY ? question.tell : () => undefined;
    return readRecord(path, { ...question, tell, createDigester });
  },
  challenge: async (options) => (await import("./challenge.js")).makeChallenge(options),
  makeCertificate: async (options) => {
    const { makeCertificate } = await import("./certificate.js");
    return makeCertificate({ ...options, templates: templateFolders(options.templates) });
  },
  buildTemplate: async ({ name, templates = TEMPLATES }) =>
    (await import("./build-template.js")).buildTemplateOf({ name, templates }),

  verifiers: VERIFIERS,
  membership: async () => (await import("./membership.js")).membershipWorld,

  serve: async (configFile) => {
    const { startNotary } = await import("./services/notary.js");
    return runUntilTold(() => startNotary(configFile));
  },
  serveApi: async (configFile) => {
    const { startApi } = await import("./services/api.js");
    return runUntilTold(() => startApi(configFile));
  },
  work: async (configFile) => {
    const { startWorker } = await import("./services/worker.js");
    return runUntilTold(() => startWorker(configFile));
  },
  createOperatorKey: async ({ configFile }) =>
    (await import("./services/operator-key.js")).makeOperatorKey(configFile),
  listJobs: async (asked) => (await import("./jobs.js")).listJobs(asked),
  decideJobs: async (decided) => (await import("./jobs.js")).decideJobs(decided),
  backUp: async (options) => (await import("./backup/make-backup.js")).makeBackup(options),
  restore: async (options) => (await import("./backup/restore-backup.js")).restoreBackup(options),
  migrateStore: async (options) => (await import("./moving/move-store.js")).migrateStore(options),
  checkWholeStore: async (options) => (await import("./checking/fsck.js")).fsck(options),
  adoptLedger: async (options) => (await import("./recovery/adopt-ledger.js")).adoptLedger(options),
  recover: async (options) => {
    const { recover } = await import("./recovery/recover.js");
    await recover(options);
  },

  witness: async (configFile) => {
    const { startWitnessNode } = await import("./services/witness.js");
    return runUntilTold(() => startWitnessNode(configFile));
  },
  serveArchive: async (options) => {
    const { startArchive } = await import("./services/archive.js");
    return runUntilTold(() => startArchive(options));
  },
  movePast: async (configFile) => (await import("./move-past.js")).moveNodePast(configFile),
  misconduct: async ({ configFile, out }) =>
    (await import("./misconduct.js")).exportMisconduct(configFile, out),

  keygen: async (options) => (await import("./ledger-key.js")).makeLedgerKey(options),
  makeClusterKey: async (out) => (await import("../platform/keys/cluster-key.js")).createClusterKey(out),
  makeX509: async (options) => (await import("./x509.js")).makeX509(options, Date.now()),
});
