/** What answers requests, with its HTTP server: the same whether the worker is this process or another one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createMetrics } from "../../adapters/prometheus/prometheus.js";
import type { NotaryConfiguration } from "../../configuration/configuration.js";
import { SIGNATURE_TYPE } from "../../core/ledger/vkey.js";
import { parseConsortium } from "../../core/trust/consortium.js";
import { messagesOf } from "../../http/answers/express-prototypes.js";
import { answerFault } from "../../http/answers/unreadable.js";
import { createApp, type NotaryApp } from "../../http/app.js";
import { readPageTemplates } from "../../http/handlers/pages.js";
import { LOCAL_OPERATOR } from "../../notary/model/model.js";
import type { Notary } from "../../notary/model/notary.js";
import { openApi } from "../../notary/open-api.js";
import type { Worker } from "../../notary/ports/worker.js";
import { createDigester } from "../../platform/keys/ed25519.js";
import { PROJECT, softwareVersion } from "../../platform/project.js";
import { createClientAddresses } from "../../platform/server/client-address.js";
import { listen } from "../../platform/server/http-server.js";
import { createRecordPool } from "../verifying/record-pool.js";
import { createVerificationProcess } from "../verifying/verification-process.js";
import { verifyWithKept } from "../verifying/verify-kept.js";
import { guarded } from "./guarded.js";
import { createSuccessive } from "./successive.js";
import { createClosers, type Parts, watchTrust } from "./parts.js";

export interface RunningApi {
  readonly url: string;
  /** Open requests are answered, then everything is closed in the opposite order of its opening. */
  close(): Promise<void>;
}

/** One trust file's: requests that it has taken it ends, while a later one takes those that come. */
interface Serving extends NotaryApp {
  readonly notary: Notary;
  close(): Promise<void>;
}

/** Resolves when it answers. */
export async function startApiSide(parts: Parts, worker: Worker): Promise<RunningApi> {
  const { configuration, logger, store } = parts;
  const { publicUrl, limits } = configuration;
  const templates = join(PROJECT, "templates");
  const { opened, close } = createClosers();
  try {
    const verifier = createVerificationProcess({ templates: templateFolders(configuration, templates) });
    opened(() => verifier.close());
    const records = createRecordPool();
    opened(() => records.close());
    const verify = verifyWithKept(verifier, (sha256) => store.findArtifact(sha256));
    const addresses = createClientAddresses(configuration.proxies);
    const openapi = readFileSync(join(PROJECT, "openapi.yaml"), "utf8");
    const pages = readPageTemplates(join(templates, "pages"));

    async function serveUnder(consortium: Uint8Array): Promise<Serving> {
      const { log, receipts } = parseConsortium(consortium);
      const receiptSigner = parts.keyOf("receipt", configuration.keys.receipt, {
        name: receipts.vkeys[0]?.name ?? "NAME",
        type: SIGNATURE_TYPE.ed25519,
      });
      if (!receipts.vkeys.some(({ text }) => text === receiptSigner.vkey))
        throw new Error(`the trust file does not list the receipt key ${receiptSigner.vkey}`);
      const notary = await openApi(
        {
          ...parts.system,
          ...{ store, bell: parts.bell, originals: parts.originals, receiptSigner, log: logger },
          failingWorkers: () => [
            ...(verifier.isFailing() ? (["verifier"] as const) : []),
            ...(parts.isQueueAway() ? (["queue"] as const) : []),
          ],
        },
        {
          software: `cunzheng/${softwareVersion()}`,
          logVkey: log.vkeys[0]?.text ?? "",
          consortium,
          sealing: configuration.sealing,
          minFreeBytes: configuration.minFreeBytes,
        },
        worker,
      );
      const { app, standing } = createApp({
        openapi,
        notary,
        verify: (input) => verify({ ...input, consortium }),
        consortiumJson: consortium,
        publicUrl,
        limits,
        addressOf: addresses.of,
        readDepositBody: records.read,
        logger,
        templates: pages,
        createDigester,
      });
      return { notary, app, standing, close: () => notary.close() };
    }

    const inForce = await parts.trust();
    const servings = createSuccessive(await serveUnder(inForce.trustFile));
    opened(() => servings.close());
    const server = await listen(
      (request: IncomingMessage, response: ServerResponse) => {
        servings.forAnswer(response).app(request, response);
      },
      {
        ...configuration.listen,
        ...guarded(limits, addresses),
        ...{ messages: messagesOf(servings.current().app), answerFault },
      },
    );
    opened(() => server.close());
    const watching = watchTrust(parts, inForce, async (trustFile) => {
      servings.replaceWith(await serveUnder(trustFile));
      logger.warn({}, "requests are answered under another trust file");
    });
    opened(() => watching.close());
    if (configuration.metrics !== undefined) {
      const metrics = await listen(
        createMetrics(async () => ({
          ...(await servings.current().notary.status(LOCAL_OPERATOR)),
          shares: servings.current().standing(),
          connections: server.connections(),
        })),
        configuration.metrics,
      );
      opened(() => metrics.close());
      logger.info({ url: `${metrics.url}/metrics` }, "metrics are served");
    }
    return { url: server.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The operator's templates before the program's own: verifying knows both. */
const templateFolders = ({ certificates }: NotaryConfiguration, own: string): readonly string[] =>
  certificates.templates === undefined ? [own] : [certificates.templates, own];
