/**
 * A line between two processes of one notary, the same from either end. First each says which program it is, in one line of
 * text, and whoever hears of another one than itself goes no further: nothing else that it says is read. Then both send
 * frames. Whoever says nothing for `SILENCE_MS`, or lets too much lie unread, has its line ended, so that a network that drops
 * everything and a process that is stopped are noticed as a dead one is.
 */
import type { Socket } from "node:net";
import { readFrames, sendFrame } from "./frames.js";
import { PULSE_MS } from "./messages.js";

/** Goes up by one with each change of what messages there are or what is in them. */
const PROTOCOL = 3;
/** What both have as a common language is V8's own format, which an older one need not know. */
const [NODE_MAJOR] = process.versions.node.split(".");
/** Eight pulses that did not come. */
const SILENCE_MS = 8 * PULSE_MS;
const MOST_UNREAD_BYTES = 32 * 1024 * 1024;
const KEEP_ALIVE_MS = 5000;
const MOST_GREETING_BYTES = 256;

export interface LineOptions {
  /** Of this program. */
  readonly version: string;
  /** Is called once, when the other has said that it is the same program. */
  readonly agreed?: () => void;
  readonly heard: (message: unknown) => void;
  /** Is called once; `why` is absent where the other has ended it, or this side without a reason. */
  readonly ended: (why: string | undefined) => void;
}

export interface Line {
  /** Without effect once the line has ended. */
  send(message: unknown): void;
  end(): void;
  /** Ends when what was sent is on its way. */
  endSoon(): void;
  isEnded(): boolean;
}

const greetingOf = (version: string): string => `cunzheng-worker/${PROTOCOL} ${version} node/${NODE_MAJOR}`;

/** Of a socket on which whoever is at the other end has shown that it may be. */
export function openLine(socket: Socket, { version, agreed, heard, ended }: LineOptions): Line {
  const own = greetingOf(version);
  let why: string | undefined;
  let isAgreed = false;
  let greeting = Buffer.alloc(0);
  let lastHeardMs = performance.now();
  const end = (reason?: string) => {
    why ??= reason;
    socket.destroy();
  };
  const read = readFrames(heard, end);

  /** Gives what follows the greeting, once it has come and is this program's own. */
  function greeted(piece: Buffer): Buffer | undefined {
    greeting = Buffer.concat([greeting, piece]);
    const length = greeting.subarray(0, MOST_GREETING_BYTES).indexOf("\n");
    if (length < 0 && greeting.length < MOST_GREETING_BYTES) return undefined;
    const said = greeting.toString("latin1", 0, Math.max(0, length));
    if (said === own) {
      isAgreed = true;
      agreed?.();
      return greeting.subarray(length + 1);
    }
    why = /^cunzheng-worker\/[\x20-\x7e]+$/.test(said)
      ? `it is "${said}" and this one "${own}": all processes of a notary are of one version`
      : "it does not say which program it is";
    // It is to read which program this one is.
    socket.destroySoon();
    return undefined;
  }

  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.write(`${own}\n`);
  const watching = setInterval(() => {
    if (performance.now() - lastHeardMs > SILENCE_MS) end("it says nothing");
    else if (socket.writableLength > MOST_UNREAD_BYTES) end("it reads nothing");
  }, PULSE_MS);
  socket.on("error", (error) => {
    end(error.message);
  });
  socket.on("close", () => {
    clearInterval(watching);
    ended(why);
  });
  socket.on("data", (piece: Buffer) => {
    lastHeardMs = performance.now();
    if (why !== undefined) return;
    const rest = isAgreed ? piece : greeted(piece);
    if (rest !== undefined && rest.length > 0) read(rest);
  });
  return {
    send: (message) => {
      sendFrame(socket, message);
    },
    end: () => {
      end();
    },
    endSoon: () => {
      socket.destroySoon();
    },
    isEnded: () => socket.destroyed || why !== undefined,
  };
}
