/**
 * An express app in which openapi.yaml decides what exists. Every operation takes the same steps (what the client accepts,
 * who it is, what it sends, whether that is as described) before its handler runs; whatever is thrown on the way becomes a
 * problem document, and an operation without a handler, or a handler without an operation, keeps the service from
 * starting.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from "express";
import helmet from "helmet";
import { parseJson, RECORD_BOUNDS } from "../core/record/json.js";
import type { JsonBounds } from "../core/record/json-text.js";
import type { Principal } from "../notary/model/model.js";
import { Refusal } from "../notary/model/refusal.js";
import type { Call, Handler, Handlers } from "./handlers/handler.js";
import type { Operation } from "./contract/contract.js";
import { type DepositBody, type ReadDepositBody, SMALL_BODY_BYTES } from "./intake/deposit-body.js";
import { describe } from "./problems/describe.js";
import type { Limits } from "./intake/limits.js";
import { HttpRefusal, type ProblemCode } from "./problems/problems.js";
import { isAcceptable } from "./intake/accept.js";
import { readBody } from "./intake/receive.js";
import { bearerToken, bodyType, loginMissing } from "./intake/request-headers.js";
import { problemOf, sendProblem } from "./answers/respond.js";
import { type Caller, partitionsOf } from "./shares/caller.js";
import type { Shares } from "./shares/shares.js";

export interface HttpLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export type Authenticate = (token: string) => Promise<Principal>;

export type AddressOf = (request: IncomingMessage) => string;

export interface Assembly {
  readonly operations: readonly Operation[];
  /** The handlers stand by `operationId`: there is one for each of `operations`. */
  readonly handlers: Handlers;
  readonly authenticate: Authenticate;
  /** The world reaches this service under this name. */
  readonly publicUrl: string;
  readonly limits: Limits;
  readonly shares: Shares;
  readonly readDepositBody: ReadDepositBody;
  /** Tells from which address of the network a request comes. */
  readonly addressOf: AddressOf;
  readonly logger: HttpLog;
  /** Adds what else there is to the application. */
  readonly routes?: (app: Express) => void;
  /** This says why there is nothing at any other path. */
  readonly nothingThere?: string;
}

export function assembleApp(assembly: Assembly): Express {
  const { operations, handlers, publicUrl, logger, routes } = assembly;
  const { nothingThere = "nothing lies at this path" } = assembly;
  const app = express();
  app.disable("x-powered-by").disable("etag").enable("case sensitive routing").enable("strict routing");
  app.use((_, response, next) => {
    response.setHeader("Request-Id", randomUUID());
    next();
  });
  app.use(securityHeaders(publicUrl));
  app.use(aboutTheService);
  mount(app, operations, handlers, createSteps(assembly));
  routes?.(app);
  app.use((request) => {
    throw new HttpRefusal("not-found", nothingThere, { got: request.path.slice(0, 200) });
  });
  app.use(answerProblem(logger));
  return app;
}

/** RFC 9110, section 9.3.7: `OPTIONS *` asks about the service as a whole. */
const aboutTheService: RequestHandler = (request, response, next) => {
  if (request.url === "*") response.writeHead(204, { Allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS" }).end();
  else next();
};

/**
 * Nothing this service says is to be run, framed or guessed at; its few pages loosen this for their own style. helmet is
 * asked once: what it says is the same for every answer.
 */
function securityHeaders(publicUrl: string): RequestHandler {
  const said = new Map<string, string>();
  const setHeader = (name: string, value: string) => said.set(name, value);
  const ask = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: publicUrl.startsWith("https:"),
    xFrameOptions: { action: "deny" },
  });
  let failure: unknown;
  ask({} as Request, { setHeader, removeHeader: () => undefined } as unknown as Response, (error) => {
    failure = error;
  });
  if (failure !== undefined || said.size === 0) throw new Error("internal: helmet says nothing");
  return (_, response, next) => {
    for (const [name, value] of said) response.setHeader(name, value);
    next();
  };
}

type Steps = (operation: Operation, request: Request, response: Response) => Promise<Call>;

function mount(app: Express, operations: readonly Operation[], handlers: Handlers, steps: Steps): void {
  const unrouted = new Map(Object.entries(handlers));
  for (const operation of operations) {
    const handler = unrouted.get(operation.id);
    if (handler === undefined) throw new Error(`internal: operation ${operation.id} has no handler`);
    unrouted.delete(operation.id);
    const method = operation.method.toLowerCase() as "get" | "put" | "post" | "delete";
    app[method](operation.route, serve(operation, handler, steps));
  }
  if (unrouted.size > 0) throw new Error(`internal: not in openapi.yaml: ${[...unrouted.keys()].join(", ")}`);
  for (const route of new Set(operations.map((operation) => operation.route))) {
    const methods = operations.filter((operation) => operation.route === route).map(({ method }) => method);
    const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].join(", ");
    app.all(route, (request, response) => {
      if (request.method !== "OPTIONS")
        throw new HttpRefusal(
          "method-not-allowed",
          "the resource has no such method",
          { got: request.method, want: allow },
          { Allow: allow },
        );
      response.writeHead(204, { Allow: allow }).end();
    });
  }
}

const serve =
  (operation: Operation, handler: Handler, steps: Steps) => async (request: Request, response: Response) =>
    handler(await steps(operation, request, response));

/**
 * These bounds are of the bodies that carry no record: twice the largest, a list of 5,000 ids, and milliseconds of
 * work.
 */
const BOUNDS_WITHOUT_RECORD: JsonBounds = { ...RECORD_BOUNDS, values: 10_000, members: 1000 };

/** These operations begin by reading much of the store, and are milliseconds of work each. */
const HEAVY: ReadonlySet<string> = new Set([
  "evidence",
  "ledgerProof",
  "certificate",
  "certificates",
  "original",
  "chain",
  "verify",
]);
const HEAVY_WEIGHT = 4;

/**
 * Makes the steps before every handler, in this order: what is cheap to refuse first, and nothing of the body before
 * the caller is known.
 */
function createSteps(assembly: Assembly): Steps {
  const { authenticate: authenticateToken, readDepositBody, limits, shares, addressOf } = assembly;
  const time = { idleMs: limits.bodyIdleMs, totalMs: limits.bodyTotalMs, pace: limits.slowSenders };

  return async (operation, request, response) => {
    refuseUnacceptable(operation, request);
    const caller = await identify(operation, request);
    await shares.turns.take(turnOf(caller), HEAVY.has(operation.id) ? HEAVY_WEIGHT : 1);
    const { principal } = caller;
    refuseOtherRoles(operation, principal);
    const type = operation.consumes.length > 0 ? bodyType(request, operation.consumes) : undefined;
    const call = {
      request,
      response,
      caller,
      ...(principal && { principal }),
      ...(type !== undefined && { bodyType: type }),
    };
    if (type !== "application/json") {
      operation.validate(request);
      return call;
    }
    const leave = shares.bodies.take(caller);
    // Memory is counted as it is taken: what is announced and does not come holds nothing.
    const held = shares.heldBytes.hold(caller);
    try {
      const read = await readBody(call, { maxBytes: limits.jsonBytes, ...time }, held);
      const { body, record } = await readValues(operation, read.bytes(), caller);
      request.body = body;
      operation.validate(request);
      return { ...call, body, ...(record && { record }) };
    } finally {
      held.release();
      leave();
    }
  };

  function readValues(
    operation: Operation,
    sent: Uint8Array,
    caller: Caller,
  ): Promise<DepositBody> | DepositBody {
    if (operation.id !== "deposit")
      return { body: parseJson(sent, { numbers: "exact", bounds: BOUNDS_WITHOUT_RECORD }) };
    if (sent.length <= SMALL_BODY_BYTES) return { body: parseJson(sent, { numbers: "exact" }) };
    return readDepositBody(sent, caller.principal?.organisation.id ?? "");
  }

  /** Whoever fails to log in is counted by address, as whoever does not try. */
  async function identify(operation: Operation, request: Request): Promise<Caller> {
    const stranger = { address: addressOf(request) };
    try {
      const principal = operation.login === "none" ? undefined : await authenticate(operation, request);
      const caller = principal === undefined ? stranger : { ...stranger, principal };
      shares.requests.spend(caller);
      return caller;
    } catch (error) {
      if (problemOf(error).status === 401) shares.requests.spend(stranger);
      throw error;
    }
  }

  async function authenticate(operation: Operation, request: Request): Promise<Principal | undefined> {
    const token = bearerToken(request);
    // A key that was sent must be good even where none is needed: nobody shall believe to be logged in who is not.
    if (token !== undefined) return authenticateToken(token);
    if (operation.login === "required") throw loginMissing();
    return undefined;
  }
}

/** An organisation has one turn, however many keys it uses; who has none is known by its address. */
const turnOf = (caller: Caller): string => partitionsOf(caller).at(-1)?.id ?? "";

/** Refuses other roles before the body is read: who may not do a thing at all makes nobody read what it is. */
function refuseOtherRoles({ roles }: Operation, principal: Principal | undefined): void {
  if (roles === undefined || principal === undefined || roles.includes(principal.role)) return;
  throw new Refusal("role-insufficient", "the API key's role may not do this", {
    got: principal.role,
    want: roles.join(", "),
  });
}

function refuseUnacceptable({ produces }: Operation, request: Request): void {
  const { accept } = request.headers;
  if (!isAcceptable(accept, produces))
    throw new HttpRefusal("not-acceptable", "the resource comes in no media type that was asked for", {
      field: "/headers/accept",
      got: describe(accept),
      want: produces.join(", "),
    });
}

/** These the operator must look at; whatever else is refused, the client can help itself. */
const NEEDS_SOMEBODY: ReadonlySet<ProblemCode> = new Set(["internal-error", "storage-full"]);

function answerProblem(logger: HttpLog): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  return (error: unknown, request, response, _next) => {
    const problem = problemOf(error);
    const requestId = String(response.getHeader("Request-Id"));
    const fields = { requestId, method: request.method, path: request.path, code: problem.code };
    if (NEEDS_SOMEBODY.has(problem.code)) logger.error({ ...fields, err: error }, "a request failed");
    else logger.info(fields, "a request was refused");
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    sendProblem({ request, response }, problem, requestId);
  };
}
