/**
 * An HTTP server that starts or says why not, bounds how long a slow client may take, answers itself what is no request
 * that anybody could act on, and ends gracefully: no new connection, open requests answered, the rest cut after a grace
 * period.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import { type ConnectionGuardOptions, type ConnectionsStanding, guardConnections } from "./connections.js";
import {
  type AnswerFault,
  plainAnswer,
  refuseHead,
  refuseUnreadable,
  REQUEST_EVENTS,
} from "./head-faults.js";
import { faultOf, originForm } from "./request-head.js";
import { DEFAULT_SERVER_LIMITS } from "./server-limits.js";

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** For the head of a request. */
  readonly headersTimeoutMs?: number;
  /** For a whole request with its body. */
  readonly requestTimeoutMs?: number;
  /** After so many requests a connection is closed, which the answer to the last of them says. */
  readonly requestsPerConnection?: number;
  /** Of strangers: absent, every connection is taken, and waits as long as its client does not read. */
  readonly connections?: ConnectionGuardOptions;
  /** For open requests to finish after `close`. */
  readonly graceMs?: number;
  /** What is answered to a request that is none, whose head is at fault, or for which there is no connection; a plain sentence where absent. */
  readonly answerFault?: AnswerFault;
  /** What each request and response is made of, where the handler wants kinds of its own. */
  readonly messages?: {
    readonly IncomingMessage: typeof IncomingMessage;
    readonly ServerResponse: typeof ServerResponse<IncomingMessage>;
  };
}

export interface HttpServer {
  /** `http://host:port`, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Undefined where connections are not guarded. */
  connections(): ConnectionsStanding | undefined;
  /** Resolves when the last connection is gone; calling it twice is harmless. */
  close(): Promise<void>;
}

/** Longer than clients and proxies keep a connection idle: else a request may meet a connection just being closed. */
const KEEP_ALIVE_MS = 65_000;

/** Without it Node looks for slow heads twice a minute only, and one of 15 seconds lives for 45. */
const LOOK_FOR_SLOW_HEADS_MS = 1000;

/**
 * Connections that the kernel has made and this process has not taken yet. With Node's 511, a thousand clients that come
 * at once wait seconds for their second try; the kernel itself takes no more than `net.core.somaxconn`, 4096 by default.
 */
const BACKLOG = 4096;

/**
 * Resolves when the port is open. Rejects when it is taken or may not be used.
 *
 * The handler gets targets in origin-form, or `*` of `OPTIONS`. A request with `Expect: 100-continue` comes to it like any
 * other: before it reads a body it says `response.writeContinue()`, and whom it refuses it never asks for one.
 */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<HttpServer> {
  const { host, port, graceMs = 5_000, answerFault = plainAnswer } = options;
  const { headersTimeoutMs, requestTimeoutMs } = { ...DEFAULT_SERVER_LIMITS, ...options };
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: LOOK_FOR_SLOW_HEADS_MS,
      // Node's own answer to a request without it has no body: this server gives its own.
      requireHostHeader: false,
      ...options.messages,
    },
    checked,
  );
  closeAfter(server, options.requestsPerConnection ?? Infinity);
  const guard = options.connections && guardConnections(server, options.connections, answerFault);
  server.on("checkContinue", checked).on("checkExpectation", checked);
  refuseUnreadable(server, answerFault);
  function checked(request: IncomingMessage, response: ServerResponse): void {
    request.url = originForm(request.url ?? "");
    const fault = faultOf(request);
    if (fault === undefined) handler(request, response);
    else refuseHead(request, response, answerFault(fault));
  }
  const close = closer(server, graceMs);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${isIPv6(host) ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    connections: () => guard?.standing(),
    close,
  };
}

/** Node's own `maxRequestsPerSocket` says so in the last answer, and leaves the connection open all the same. */
function closeAfter(server: Server, most: number): void {
  const counts = new WeakMap<object, number>();
  const count = ({ socket }: IncomingMessage, response: ServerResponse): void => {
    const came = (counts.get(socket) ?? 0) + 1;
    counts.set(socket, came);
    if (came >= most) response.setHeader("Connection", "close");
  };
  for (const event of REQUEST_EVENTS) server.prependListener(event, count);
}

function closer(server: Server, graceMs: number): () => Promise<void> {
  let closed: Promise<void> | undefined;
  // A kept-alive connection turns idle after its last response: once we are closing, that is its end.
  const markLast = (_request: IncomingMessage, response: ServerResponse): void => {
    if (closed && !response.headersSent) response.setHeader("Connection", "close");
    response.once("close", () => {
      if (closed) setImmediate(() => server.closeIdleConnections());
    });
  };
  for (const event of REQUEST_EVENTS) server.on(event, markLast);
  return () =>
    (closed ??= new Promise((resolve) => {
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      server.close(() => {
        clearTimeout(cut);
        resolve();
      });
      server.closeIdleConnections();
    }));
}
