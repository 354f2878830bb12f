/** Time-stamping authorities run by `openssl ts`, each a server that a test can kill and start again. */
import type { TimestampAuthorityFiles } from "../../../scripts/timestamp-authority/openssl.js";
import { serveTimestamps } from "../../../scripts/timestamp-authority/server.js";
import { createTimestampClient } from "../../../src/adapters/timestamp-client/timestamp-client.js";
import type { TimestampAuthority } from "../../../src/notary/ports/timestamps.js";
import type { HttpServer } from "../../../src/platform/server/http-server.js";

/** An authority that can be killed and restarted at its address. */
export class Authority implements TimestampAuthority {
  readonly name: string;
  readonly rootPem: string;
  url = "";
  queries = 0;
  readonly #reply: TimestampAuthorityFiles["reply"];
  #server: HttpServer | undefined;
  #client: ReturnType<typeof createTimestampClient> | undefined;

  constructor(name: string, files: TimestampAuthorityFiles) {
    this.name = name;
    this.rootPem = files.rootPem;
    this.#reply = (query) => {
      this.queries += 1;
      return files.reply(query);
    };
  }

  async start(): Promise<this> {
    const port = this.#server?.port ?? 0;
    this.#server = await serveTimestamps({ reply: (query) => this.#reply(query) }, { port });
    this.url = this.#server.url;
    this.#client ??= createTimestampClient(this);
    return this;
  }

  /** Harmless where it is stopped. */
  async stop(): Promise<void> {
    await this.#server?.close();
  }

  request(body: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    if (this.#client === undefined) throw new Error("not started");
    return this.#client.request(body, signal);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#client?.close();
  }
}
