/** Answers to requests that nobody looks at: those whose head is at fault, and what Node's parser refuses. */
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { HeadFault } from "./request-head.js";

export interface HeadAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type AnswerFault = (fault: HeadFault) => HeadAnswer;

const STATUSES: Readonly<Record<HeadFault["kind"], number>> = {
  malformed: 400,
  "head-too-large": 431,
  "chunk-extensions-too-large": 413,
  "too-slow": 408,
  "header-missing": 400,
  "header-malformed": 400,
  "header-repeated": 400,
  "target-malformed": 400,
  "method-unsupported": 405,
  "expectation-unknown": 417,
  "connections-of-address": 429,
  "connections-of-all": 429,
};

export function plainAnswer({ kind, header }: HeadFault): HeadAnswer {
  const body = header === undefined ? `${kind}\n` : `${kind}: ${header}\n`;
  return { status: STATUSES[kind], type: "text/plain; charset=utf-8", body };
}

/** The whole of an answer that says that the connection ends with it, for a socket that nobody else writes to. */
export function lastAnswer({ status, type, body, headers = {} }: HeadAnswer): string {
  const all = {
    Date: new Date().toUTCString(),
    "Content-Type": type,
    "Content-Length": String(Buffer.byteLength(body)),
    ...headers,
    Connection: "close",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`;
}

/** A request comes by one of these events of Node's server: by another than the first where it has an `Expect`. */
export const REQUEST_EVENTS = ["request", "checkContinue", "checkExpectation"] as const;

/** How long what a client still sends is read after its request was refused, so that the answer reaches it. */
const LINGER_MS = 1_000;

export function refuseHead(request: IncomingMessage, response: ServerResponse, answer: HeadAnswer): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    "Content-Type": answer.type,
    "Content-Length": body.length,
    ...answer.headers,
    Connection: "close",
  });
  if (request.method !== "HEAD") response.write(body);
  const end = (): void => {
    clearTimeout(cut);
    response.end();
  };
  const cut = setTimeout(end, LINGER_MS);
  request.once("end", end).once("close", end).resume();
}

const FAULTS: Readonly<Record<string, HeadFault["kind"]>> = {
  HPE_HEADER_OVERFLOW: "head-too-large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "chunk-extensions-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "too-slow",
};

/** Has what Node's parser refuses answered too, unless an answer is on its way on that connection. */
export function refuseUnreadable(server: Server, answerFault: AnswerFault): void {
  const answering = new WeakMap<Duplex, ServerResponse>();
  const refused = new WeakSet<Duplex>();
  const remember = ({ socket }: IncomingMessage, response: ServerResponse) => answering.set(socket, response);
  for (const event of REQUEST_EVENTS) server.prependListener(event, remember);
  const refuse = (socket: Duplex, fault: HeadFault): void => {
    // The parser fails anew at all that still comes.
    if (refused.has(socket)) return;
    refused.add(socket);
    const response = answering.get(socket);
    const isAnswering = response !== undefined && response.headersSent && !response.writableFinished;
    if (!socket.writable || isAnswering) {
      socket.destroy();
      return;
    }
    socket.end(lastAnswer(answerFault(fault)));
    // Read on for a moment: a connection that is closed with bytes unread is reset, and its answer lost.
    const cut = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => clearTimeout(cut)).resume();
  };
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    socket.on("error", () => undefined);
    if (error.code === "ECONNRESET") socket.destroy();
    else refuse(socket, { kind: FAULTS[error.code ?? ""] ?? "malformed" });
  });
  server.on("connect", (request, socket) => {
    socket.on("error", () => undefined);
    refuse(socket, { kind: "method-unsupported", got: request.method ?? "" });
  });
}
