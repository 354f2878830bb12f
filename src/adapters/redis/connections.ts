/** Connections to one Redis: where its URL leads, and how long it may be silent before it counts as away. */
import { setTimeout as delay } from "node:timers/promises";
import { type Command, Redis, type RedisOptions } from "ioredis";

/** An answer that takes longer is none. */
export const ANSWER_MS = 1000;
const LONGEST_REST_MS = 500;
/** Whoever is told to hang up and does not is cut off after so long. */
const HANG_UP_MS = 100;
const RECENT_MS = 2000;
const LONGEST_REASON = 200;

/** `client` asks, `subscriber` listens, `bclient` waits for jobs: bull's own names. */
export type Purpose = "client" | "subscriber" | "bclient";

export interface Connections {
  /** HOST:PORT, which may be told to everybody. */
  readonly server: string;
  /** Opens one, which is opened again whenever it ends; after `close` one that never is. */
  open(purpose: Purpose): Redis;
  /** Has those that seem to be open opened anew, where nothing has come through them for too long. */
  renew(): void;
  /**
   * Says in one short sentence why what was asked failed. Of an error it takes the sentence alone, since the command is a member
   * of it and the password is in that, and of the sentence not the password, which a server may have repeated.
   */
  reasonOf(error: unknown): string;
  /** Resolves when none is open, whether or not the server answers. */
  close(): Promise<void>;
}

/** `url` is redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], or rediss:// for TLS. */
export function openConnections(url: string): Connections {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const secret = decodeURIComponent(password);
  const where = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || "6379") };
  const options: RedisOptions = {
    ...where,
    db: Number(pathname.slice(1) || "0"),
    ...(username !== "" && { username: decodeURIComponent(username) }),
    ...(secret !== "" && { password: secret }),
    ...(protocol === "rediss:" && { tls: {} }),
    connectTimeout: ANSWER_MS,
    disconnectTimeout: HANG_UP_MS,
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: (times) => Math.min(50 * times, LONGEST_REST_MS),
    // A server that has become another's copy takes nothing: its name may lead to the new one by now.
    reconnectOnError: ({ message }) => message.startsWith("READONLY"),
  };
  // What is asked is not held beyond its time; who listens or waits for a job asks once, for ever.
  const asking: RedisOptions = { commandTimeout: ANSWER_MS, maxRetriesPerRequest: 0 };
  const lasting: RedisOptions = { maxRetriesPerRequest: null };
  const opened = new Set<Redis>();
  /** What ended a connection says more than that there is none. */
  let lastError = { message: "", atMs: -Infinity };
  let isClosed = false;

  class Connection extends Redis {
    /** Bull opens one once more when it closes, and would wait for it as long as the server stands still. */
    override connect(...given: Parameters<Redis["connect"]>): Promise<void> {
      return isClosed
        ? Promise.reject(new Error("no connection is opened any more"))
        : super.connect(...given);
    }

    /** After a reconnection ioredis asks by itself, and handles no refusal of that: it would end the process. */
    override sendCommand(...[command, stream]: Parameters<Redis["sendCommand"]>): unknown {
      (command as Command).promise.catch(() => undefined);
      return super.sendCommand(command, stream);
    }
  }

  return {
    server: `${hostname}:${where.port}`,
    open: (purpose) => {
      const one = new Connection({
        ...options,
        ...(purpose === "client" ? asking : lasting),
      });
      one.on("error", ({ message }: Error) => (lastError = { message, atMs: performance.now() }));
      opened.add(one);
      return one;
    },
    renew: () => {
      for (const one of opened) if (one.status === "ready") one.disconnect(true);
    },
    reasonOf: (error) => {
      const isRecent = performance.now() - lastError.atMs < RECENT_MS;
      const { message } = isRecent ? lastError : (error as Error);
      return (secret === "" ? message : message.replaceAll(secret, "(password)")).slice(0, LONGEST_REASON);
    },
    close: async () => {
      isClosed = true;
      await Promise.all([...opened].map(end));
    },
  };
}

async function end(one: Redis): Promise<void> {
  const isOpen = one.status === "connecting" || one.status === "connect" || one.status === "ready";
  const ended = new Promise((resolve) => one.once("end", resolve));
  one.disconnect();
  if (isOpen) await Promise.race([ended, delay(2 * HANG_UP_MS, undefined, { ref: false })]);
}
