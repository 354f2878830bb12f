/** One request on its way through an operation, after the common steps: who asks, and the body as far as it is read. */
import type { Request, Response } from "express";
import type { JsonValue } from "../../core/record/json.js";
import type { Principal } from "../../notary/model/model.js";
import type { CanonicalRecord } from "../intake/deposit-body.js";
import type { Caller } from "../shares/caller.js";

export interface Call {
  readonly request: Request;
  readonly response: Response;
  /** The principal is absent where nobody logged in, which only public operations allow. */
  readonly principal?: Principal;
  /** This request is counted against this caller's share. */
  readonly caller: Caller;
  /** This is the media type of the body; it is absent where the operation takes none. */
  readonly bodyType?: string;
  /** Where `bodyType` is application/json, this is the body, parsed strictly and as the contract describes it. */
  readonly body?: JsonValue;
  /** A deposit whose body was read apart has here what stood in `record`, where `body` has null. */
  readonly record?: CanonicalRecord;
}

export type Handler = (call: Call) => Promise<void>;
/** The handlers stand by `operationId`. */
export type Handlers = Readonly<Record<string, Handler>>;

/** Gives the caller of an operation that requires a login. */
export function principalOf({ principal }: Call): Principal {
  if (principal === undefined) throw new Error("internal: the operation is described as public");
  return principal;
}

/** Gives a parameter of the path: the contract has required it. */
export function pathParameter({ request }: Call, name: string): string {
  const value: unknown = request.params[name];
  if (typeof value !== "string") throw new Error(`internal: the path has no ${name}`);
  return value;
}

/** Gives a parameter of the query, which is there at most once: the contract has refused arrays. */
export function queryParameter({ request }: Call, name: string): string | undefined {
  const value: unknown = request.query[name];
  return typeof value === "string" ? value : undefined;
}
