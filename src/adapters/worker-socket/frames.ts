/**
 * Messages between processes of one notary and one version: four bytes with a length, and so much of the structured-clone
 * format that Node itself uses between threads (`v8.serialize`). Whoever is at the other end owns the data folder or has the
 * cluster's key, so that what comes is bounded and not distrusted.
 */
import type { Socket } from "node:net";
import { deserialize, serialize } from "node:v8";

const LENGTH_BYTES = 4;
/** A group of 512 drafts is less than 16 MiB, a certificate less than one. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

export function sendFrame(socket: Socket, message: unknown): void {
  if (socket.destroyed) return;
  const body = serialize(message);
  const head = Buffer.alloc(LENGTH_BYTES);
  head.writeUInt32BE(body.length);
  socket.cork();
  socket.write(head);
  socket.write(body);
  socket.uncork();
}

/** Undefined where another version has written it. */
function readMessage(part: Buffer): unknown {
  try {
    // Its own memory: what is made of it must not hold the whole piece.
    return deserialize(Buffer.from(part));
  } catch {
    return undefined;
  }
}

/** Gives what takes the bytes as they come: `take` is called with each whole message, in order, until one is `refused`. */
export function readFrames(
  take: (message: unknown) => void,
  refused: (why: string) => void,
): (piece: Buffer) => void {
  let pieces: Buffer[] = [];
  let held = 0;
  let wanted = LENGTH_BYTES;
  let isHead = true;
  let isRefused = false;
  const refuse = (why: string) => {
    isRefused = true;
    refused(why);
  };
  return (piece) => {
    if (isRefused) return;
    pieces.push(piece);
    held += piece.length;
    while (held >= wanted) {
      const whole = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, held);
      const part = whole.subarray(0, wanted);
      pieces = held > wanted ? [whole.subarray(wanted)] : [];
      held -= wanted;
      if (isHead) {
        wanted = part.readUInt32BE();
        if (wanted > MAX_FRAME_BYTES) {
          refuse(`it announces a frame of ${wanted} bytes`);
          return;
        }
        isHead = false;
      } else {
        const message = readMessage(part);
        if (message === undefined) {
          refuse("it sends a frame that is none");
          return;
        }
        take(message);
        wanted = LENGTH_BYTES;
        isHead = true;
      }
    }
  };
}
