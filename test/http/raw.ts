/** Requests byte for byte, as no library would send them, and what comes back. */
import { connect } from "node:net";
import type { Service } from "./service.js";

export interface RawAnswer {
  readonly status: number;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Interim answers (1xx) that came before, by status. */
  readonly interim: readonly number[];
}

/** The bytes are sent at once; resolves with the answers when the server has closed the connection. */
export function exchange({ url }: Pick<Service, "url">, bytes: string | Buffer): Promise<RawAnswer[]> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on("data", (piece: Buffer) => pieces.push(piece));
    socket.on("error", reject);
    socket.on("close", () => resolve(parseAnswers(Buffer.concat(pieces).toString("utf8"))));
    socket.on("end", () => socket.end());
  });
}

/** Of answers with a Content-Length or without a body. */
function parseAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let interim: number[] = [];
  for (let rest = Buffer.from(text); rest.length > 0;) {
    const end = rest.indexOf("\r\n\r\n");
    const [line = "", ...lines] = rest.subarray(0, end).toString("utf8").split("\r\n");
    const status = Number(line.split(" ")[1]);
    const headers = Object.fromEntries(
      lines.map((header) => [header.split(":", 1)[0]?.toLowerCase(), header.replace(/^[^:]*: */, "")]),
    ) as Record<string, string>;
    const from = end + 4;
    const to = from + (status < 200 ? 0 : Number(headers["content-length"] ?? 0));
    if (status < 200) interim.push(status);
    else {
      answers.push({ status, headers, body: rest.subarray(from, to).toString("utf8"), interim });
      interim = [];
    }
    rest = rest.subarray(to);
  }
  return answers;
}

/** A request of the given lines, with CRLF behind each, and a body. */
export const raw = (lines: readonly string[], body = ""): string => `${lines.join("\r\n")}\r\n\r\n${body}`;
