/** The notary's HTTP API: every operation of openapi.yaml with what serves it. */
import type { Express } from "express";
import type { CreateDigester } from "../core/digest/digester.js";
import { coreDigester } from "../core/digest/digests.js";
import { parseConsortium } from "../core/trust/consortium.js";
import type { Notary } from "../notary/model/notary.js";
import { administrationHandlers } from "./handlers/administration.js";
import { type AddressOf, assembleApp, type HttpLog } from "./assemble.js";
import type { Handlers } from "./handlers/handler.js";
import { chainHandlers } from "./handlers/chains.js";
import { parseContract } from "./contract/contract.js";
import { type ReadDepositBody, readDepositBody } from "./intake/deposit-body.js";
import { depositHandlers } from "./handlers/deposits.js";
import { ledgerHandlers } from "./handlers/ledger.js";
import { type GivenLimits, limitsOf } from "./intake/limits.js";
import { lookupHandlers, type PageTemplates } from "./handlers/pages.js";
import { proofHandlers } from "./handlers/proofs.js";
import { serviceHandlers } from "./handlers/service.js";
import { createShares, type SharesStanding, standingOf } from "./shares/shares.js";
import { type Verify, verificationHandlers } from "./handlers/verification.js";

export interface AppOptions {
  /** This is the text of openapi.yaml. */
  readonly openapi: string;
  readonly notary: Notary;
  readonly verify: Verify;
  /** This is the trust file that this service works under, byte for byte. */
  readonly consortiumJson: Uint8Array;
  /** The world reaches this service under this name, without a slash at its end. */
  readonly publicUrl: string;
  readonly limits?: GivenLimits;
  /** Tells from which address of the network a request comes. */
  readonly addressOf: AddressOf;
  readonly logger: HttpLog;
  readonly templates: PageTemplates;
  /**
   * Reads bodies that are too large to be read where requests are taken; where it is absent they are read there all
   * the same.
   */
  readonly readDepositBody?: ReadDepositBody;
  /** The host may have a faster hash than core's, which gives the same digests. */
  readonly createDigester?: CreateDigester;
}

export interface NotaryApp {
  readonly app: Express;
  /** Tells what is under way of each class of work, and what was refused. */
  standing(): SharesStanding;
}

export function createApp(options: AppOptions): NotaryApp {
  const { openapi, notary, verify, consortiumJson, publicUrl, logger, templates } = options;
  const limits = limitsOf(options.limits);
  const shares = createShares(limits.shares, limits.requests);
  const standing = () => standingOf(shares);
  const createDigester = options.createDigester ?? coreDigester;
  const names = new Map(parseConsortium(consortiumJson).organisations.map(({ id, name }) => [id, name]));
  const nameOf = (organisationId: string) => names.get(organisationId);
  const handlers: Handlers = {
    ...depositHandlers({ notary, limits, shares, createDigester, nameOf }),
    ...proofHandlers({ notary, limits, shares }),
    ...chainHandlers({ notary }),
    ...administrationHandlers({ notary, standing }),
    ...verificationHandlers({ verify, consortiumJson, publicUrl, limits, shares, createDigester }),
    ...ledgerHandlers({ ledger: notary, consortiumJson }),
    ...lookupHandlers({ notary, templates, publicUrl, nameOf }),
    ...serviceHandlers({ ledger: notary, readiness: () => notary.readiness(), openapi, templates }),
  };

  const app = assembleApp({
    ...{ handlers, limits, shares, logger, publicUrl },
    readDepositBody:
      options.readDepositBody ?? ((bytes) => Promise.resolve(readDepositBody(bytes, createDigester))),
    addressOf: options.addressOf,
    operations: parseContract(openapi),
    authenticate: (token) => notary.authenticate(token),
  });
  return { app, standing };
}
