/**
 * The archive: what a mirror's organisation serves of the ledger when the notary is gone, at the notary's own paths. The
 * ledger, the trust file and the verifier; nothing is taken, and of single deposits nothing is known: they were never on
 * the ledger.
 */
import type { Express } from "express";
import type { CreateDigester } from "../core/digest/digester.js";
import { hex } from "../core/bytes.js";
import type { LedgerReads } from "../notary/model/notary.js";
import { type AddressOf, assembleApp, type HttpLog } from "./assemble.js";
import type { Handlers } from "./handlers/handler.js";
import { parseContract } from "./contract/contract.js";
import { ledgerHandlers } from "./handlers/ledger.js";
import { type GivenLimits, limitsOf } from "./intake/limits.js";
import { createPage, type PageTemplates } from "./handlers/pages.js";
import { loginMissing } from "./intake/request-headers.js";
import { serviceHandlers } from "./handlers/service.js";
import { createShares } from "./shares/shares.js";
import { type Verify, verificationHandlers } from "./handlers/verification.js";

/** The state says whose copy it is, and how far it goes at this moment. */
export interface ArchiveState {
  readonly origin: string;
  readonly mirror: string;
  readonly organisation: { readonly zh: string; readonly en: string };
  readonly treeSize: number;
  /** This is when the mirror has cosigned that checkpoint: RFC 3339, UTC. */
  readonly mirroredAt: string;
}

export interface ArchiveOptions {
  /** This is the text of openapi.yaml: the archive serves some of its operations. */
  readonly openapi: string;
  readonly ledger: LedgerReads;
  readonly state: () => ArchiveState;
  readonly verify: Verify;
  readonly consortiumJson: Uint8Array;
  readonly publicUrl: string;
  readonly limits: GivenLimits;
  /** Tells from which address of the network a request comes. */
  readonly addressOf: AddressOf;
  readonly logger: HttpLog;
  readonly templates: PageTemplates;
  readonly createDigester: CreateDigester;
}

const NOTHING_THERE =
  "this is an archive of the ledger: it takes no deposits and knows of none; it has /ledger, /consortium.json and POST /v1/verify";

export function createArchiveApp(options: ArchiveOptions): Express {
  const { openapi, ledger, verify, consortiumJson, publicUrl, logger, templates, createDigester } = options;
  const limits = limitsOf(options.limits);
  const shares = createShares(limits.shares, limits.requests);
  const { problemType, health, readiness } = serviceHandlers({ ledger, openapi, templates });
  const handlers = {
    ...verificationHandlers({ verify, consortiumJson, publicUrl, limits, shares, createDigester }),
    ...ledgerHandlers({ ledger, consortiumJson }),
    ...{ problemType, health, readiness },
  } as Handlers;
  const page = createPage(templates.archive);
  return assembleApp({
    ...{ handlers, limits, shares, logger, publicUrl },
    addressOf: options.addressOf,
    readDepositBody: () => Promise.reject(loginMissing()),
    operations: parseContract(openapi).filter(({ id }) => id in handlers),
    // Nobody has an account here.
    authenticate: () => Promise.reject(loginMissing()),
    routes: (app) =>
      app.get("/", (_, response) => {
        const { organisation, ...state } = options.state();
        const trustFile = hex(createDigester("sha-256").update(consortiumJson).digest());
        const values = { ...state, organisationZh: organisation.zh, organisationEn: organisation.en };
        page(response, 200, { ...values, trustFile, address: publicUrl });
      }),
    nothingThere: NOTHING_THERE,
  });
}
