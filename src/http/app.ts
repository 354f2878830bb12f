/** The notary's HTTP API: every operation of openapi.yaml with what serves it. */
import type { Express } from "express";
import type { CreateDigester } from "../core/digest/digester.js";
import { coreDigester } from "../core/digest/digests.js";
import { parseConsortium } from "../core/witness/consortium.js";
import type { Notary } from "../notary/notary.js";
import { administrationHandlers } from "./administration.js";
import { assembleApp, type HttpLog } from "./assemble.js";
import type { Handlers } from "./call.js";
import { chainHandlers } from "./chains.js";
import { parseContract } from "./contract.js";
import { depositHandlers } from "./deposits.js";
import { ledgerHandlers } from "./ledger.js";
import { DEFAULT_LIMITS, type Limits } from "./limits.js";
import { lookupHandlers, type PageTemplates } from "./pages.js";
import { proofHandlers } from "./proofs.js";
import { serviceHandlers } from "./service.js";
import { type Verify, verificationHandlers } from "./verification.js";

export interface AppOptions {
  /** The text of openapi.yaml. */
  readonly openapi: string;
  readonly notary: Notary;
  readonly verify: Verify;
  /** The trust file that this service works under, byte for byte. */
  readonly consortiumJson: Uint8Array;
  /** Under which name the world reaches this service, without a slash at its end. */
  readonly publicUrl: string;
  readonly limits?: Partial<Limits>;
  readonly logger: HttpLog;
  readonly templates: PageTemplates;
  /** A faster hash than core's, which gives the same digests. */
  readonly createDigester?: CreateDigester;
}

export function createApp(options: AppOptions): Express {
  const { openapi, notary, verify, consortiumJson, publicUrl, logger, templates } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const createDigester = options.createDigester ?? coreDigester;
  const names = new Map(parseConsortium(consortiumJson).organisations.map(({ id, name }) => [id, name]));
  const nameOf = (organisationId: string) => names.get(organisationId);
  const handlers: Handlers = {
    ...depositHandlers({ notary, limits, createDigester, nameOf }),
    ...proofHandlers({ notary, limits }),
    ...chainHandlers({ notary }),
    ...administrationHandlers({ notary }),
    ...verificationHandlers({ verify, consortiumJson, publicUrl, limits, createDigester }),
    ...ledgerHandlers({ ledger: notary, consortiumJson }),
    ...lookupHandlers({ notary, templates, publicUrl, nameOf }),
    ...serviceHandlers({ ledger: notary, halts: () => notary.halts(), openapi, templates }),
  };

  return assembleApp({
    ...{ handlers, limits, logger, publicUrl },
    operations: parseContract(openapi),
    authenticate: (token) => notary.authenticate(token),
  });
}
