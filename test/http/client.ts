/** Requests as a client sends them, and answers as it gets them: each of them one that openapi.yaml describes. */
import { readFileSync } from "node:fs";
import { judgeBy } from "./contract/described.js";
import type { Service } from "./service.js";

export const OPENAPI = readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8");
const judge = judgeBy(OPENAPI);

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly text: string;
  /** Of JSON answers. */
  readonly json: Json;
}

/** Tests look into answers freely; the contract test judges their shape. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

export interface Sent {
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects go as JSON, strings and bytes as they are. */
  readonly body?: object | string | Uint8Array;
  readonly type?: string;
  /** The answer is one that no client gets: openapi.yaml says nothing of it. */
  readonly isUndescribed?: boolean;
  /** The client gives up. */
  readonly signal?: AbortSignal;
}

export async function call(
  { url }: Pick<Service, "url">,
  target: string,
  { key, headers, body, type, signal, isUndescribed = false }: Sent = {},
): Promise<Answer> {
  const [method = "GET", path = "/"] = target.split(" ");
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const answer = await fetch(url + path, {
    method,
    redirect: "manual",
    ...(signal && { signal }),
    headers: {
      ...(key !== undefined && { Authorization: `Bearer ${key}` }),
      ...(body !== undefined && { "Content-Type": type ?? "application/json" }),
      ...headers,
    },
    ...(body !== undefined && {
      body: (isRaw ? body : JSON.stringify(body)) as NonNullable<RequestInit["body"]>,
    }),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const text = bytes.toString("utf8");
  const { status, headers: answered } = answer;
  const wrong = isUndescribed ? [] : judge({ method, target: path, status, headers: answered, text });
  if (wrong.length > 0)
    throw new Error(`${method} ${path}: ${status} is not as described: ${wrong.join("; ")}`);
  const isJson = /[/+]json/.test(answer.headers.get("content-type") ?? "");
  return {
    status: answer.status,
    headers: answer.headers,
    bytes,
    text,
    json: isJson && text !== "" ? JSON.parse(text) : undefined,
  };
}

export const metadataHeader = (metadata: object | string): Record<string, string> => ({
  "Cunzheng-Metadata": Buffer.from(
    typeof metadata === "string" ? metadata : JSON.stringify(metadata),
  ).toString("base64url"),
});

export interface FormPart {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly type?: string;
  readonly filename?: string;
}

/** A multipart body and its Content-Type, spelled as browsers do. */
export function form(parts: readonly FormPart[], boundary = "----form-of-a-test"): Sent & { body: Buffer } {
  const pieces = parts.flatMap(({ name, content, type, filename }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`,
    filename === undefined ? "" : `; filename="${filename}"`,
    type === undefined ? "" : `\r\nContent-Type: ${type}`,
    "\r\n\r\n",
    content,
    "\r\n",
  ]);
  const body = Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece)));
  return { body, type: `multipart/form-data; boundary=${boundary}` };
}
