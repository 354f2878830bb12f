/** One request on its way through an operation, after the common steps: who asks, and the body as far as it is read. */
import type { Request, Response } from "express";
import type { JsonValue } from "../../core/record/json.js";
import type { Principal } from "../../notary/model/model.js";
import type { CanonicalRecord } from "../intake/deposit-body.js";
import type { Caller } from "../shares/caller.js";

export interface Call {
  readonly request: Request;
  readonly response: Response;
  /** Absent where nobody logged in, which only public operations allow. */
  readonly principal?: Principal;
  /** Whose share this request is counted against. */
  readonly caller: Caller;
  /** Of the body; absent where the operation takes none. */
  readonly bodyType?: string;
  /** Where `bodyType` is application/json: parsed strictly, and as the contract describes it. */
  readonly body?: JsonValue;
  /** Of a deposit whose body was read apart: what stood in `record`, where `body` has null. */
  readonly record?: CanonicalRecord;
}

export type Handler = (call: Call) => Promise<void>;
/** By `operationId`. */
export type Handlers = Readonly<Record<string, Handler>>;

/** The caller of an operation that requires a login. */
export function principalOf({ principal }: Call): Principal {
  if (principal === undefined) throw new Error("internal: the operation is described as public");
  return principal;
}

/** A parameter of the path: the contract has required it. */
export function pathParameter({ request }: Call, name: string): string {
  const value: unknown = request.params[name];
  if (typeof value !== "string") throw new Error(`internal: the path has no ${name}`);
  return value;
}

/** A parameter of the query, at most once: the contract has refused arrays. */
export function queryParameter({ request }: Call, name: string): string | undefined {
  const value: unknown = request.query[name];
  return typeof value === "string" ? value : undefined;
}
