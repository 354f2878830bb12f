/**
 * One question to one time server: SNTP, the client mode of RFC 4330 and RFC 5905, section 14. Its answer is a stranger's:
 * it must be to this very question (a random number comes back), from a server that says it is synchronized, and quick
 * enough to mean something. By hand, since the packages there are for it are no longer kept and check little of this.
 */
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import type { MonotonicMs, TimeReading } from "../../notary/ports/host.js";

export interface TimeServer {
  readonly host: string;
  readonly port: number;
}

export interface SntpOptions {
  readonly timeoutMs: number;
  readonly monotonicMs: MonotonicMs;
}

const PACKET_BYTES = 48;
/** LI 0, version 4, mode 3 (client): RFC 5905, section 7.3. */
const CLIENT = 0x23;
const MODE_SERVER = 4;
const LEAP_UNSYNCHRONIZED = 3;
const MAX_STRATUM = 15;
/** An answer that took longer says little: the error is up to half of it. */
const MAX_ROUND_TRIP_MS = 1000;
/** Two clocks of one machine are read one after the other, and a server may round. */
const HASTE_MS = 10;
const ORIGINATE = 24;
const RECEIVE = 32;
const TRANSMIT = 40;

/**
 * What time it is by the server, between the bounds that the way there and back leaves. Rejects with what was wrong: nobody
 * there, no answer in time, or one that may not be believed.
 */
export async function askTime({ host, port }: TimeServer, options: SntpOptions): Promise<TimeReading> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  try {
    // Connected: what comes from elsewhere is not delivered.
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(port, address, () => {
        resolve();
      });
    });
    return await exchange(socket, options);
  } finally {
    socket.close();
  }
}

async function exchange(socket: Socket, { timeoutMs, monotonicMs }: SntpOptions): Promise<TimeReading> {
  const query = Buffer.alloc(PACKET_BYTES);
  query[0] = CLIENT;
  // Not our time but a random number: it only has to come back, and nobody can guess it.
  const cookie = randomBytes(8);
  cookie.copy(query, TRANSMIT);
  const sentMs = monotonicMs();
  const answer = await answerOf(socket, { query, cookie, timeoutMs });
  const cameMs = monotonicMs();
  const [receivedMs, transmittedMs] = [timestamp(answer, RECEIVE), timestamp(answer, TRANSMIT)];
  const underwayMs = cameMs - sentMs - (transmittedMs - receivedMs);
  if (transmittedMs < receivedMs || underwayMs < -HASTE_MS || underwayMs > MAX_ROUND_TRIP_MS)
    throw new Error(`an answer under way for ${underwayMs.toFixed(0)} ms, or sent before it was asked for`);
  // Sent before it was received, either way; RFC 5905, section 8, takes the middle of the two.
  const bounds = [transmittedMs - cameMs, receivedMs - sentMs];
  return { lowMs: Math.min(...bounds), highMs: Math.max(...bounds), atMs: cameMs };
}

/** The first answer to this question; others, late or forged, are passed over. */
function answerOf(
  socket: Socket,
  question: { readonly query: Buffer; readonly cookie: Buffer; readonly timeoutMs: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${question.timeoutMs} ms`));
    }, question.timeoutMs);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      settle();
    };
    socket.once("error", (error) => {
      end(() => {
        reject(error);
      });
    });
    socket.on("message", (message) => {
      const isOurs =
        message.length >= PACKET_BYTES && message.subarray(ORIGINATE, ORIGINATE + 8).equals(question.cookie);
      if (!isOurs) return;
      const problem = problemOf(message);
      end(() => {
        if (problem === undefined) resolve(message);
        else reject(new Error(problem));
      });
    });
    socket.send(question.query);
  });
}

/** RFC 4330, section 5: what a client should check before it believes an answer. */
function problemOf(message: Buffer): string | undefined {
  const [first = 0, stratum = 0] = message;
  if ((first & 7) !== MODE_SERVER) return `an answer of mode ${first & 7}`;
  // Section 8: "kiss-o'-death": the server's reason in four letters.
  if (stratum === 0)
    return `refused by the server: ${message.toString("latin1", 12, 16).replace(/[^A-Z]/g, "?")}`;
  if (stratum > MAX_STRATUM) return `a server of stratum ${stratum}`;
  if (first >> 6 === LEAP_UNSYNCHRONIZED) return "a server that is not synchronized";
  if (message.readBigUInt64BE(TRANSMIT) === 0n) return "an answer without a time";
  return undefined;
}

const SECONDS_FROM_1900_TO_1970 = 2_208_988_800;
const ERA_SECONDS = 2 ** 32;

/** RFC 4330, section 3: with the first bit clear it is after 2036. */
function timestamp(message: Buffer, offset: number): number {
  const [seconds, fraction] = [message.readUInt32BE(offset), message.readUInt32BE(offset + 4)];
  const since1900 = seconds < ERA_SECONDS / 2 ? seconds + ERA_SECONDS : seconds;
  return (since1900 - SECONDS_FROM_1900_TO_1970) * 1000 + (fraction / ERA_SECONDS) * 1000;
}
