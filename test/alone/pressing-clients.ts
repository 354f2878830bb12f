/** Clients that press a service from a process of their own. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";

export interface Press {
  readonly url: string;
  /** Written to each connection, as it is; it may be many requests. */
  readonly request: Uint8Array;
  readonly connections: number;
  /** Whether it is written again at each answer. */
  readonly isRepeated: boolean;
  /** Any of 127.0.0.0/8. */
  readonly localAddress: string;
}

/** How many answers came, by status. */
export type Statuses = Readonly<Record<string, number>>;

export interface Pressing {
  statuses(): Promise<Statuses>;
  end(): Promise<Statuses>;
}

export async function startPressing({ request, ...press }: Press): Promise<Pressing> {
  const child = fork(join(import.meta.dirname, "pressing-client.mjs"), { execArgv: [] });
  await tell(child, { begin: { ...press, request: Buffer.from(request).toString("base64") } });
  return {
    statuses: () => tell(child, {}),
    end: async () => {
      try {
        return await tell(child, { end: true });
      } finally {
        child.kill("SIGKILL");
      }
    },
  };
}

function tell(child: ChildProcess, message: object): Promise<Statuses> {
  return new Promise((resolve, reject) => {
    const onGone = () => reject(new Error("the pressing clients ended"));
    child.once("exit", onGone);
    child.once("message", (statuses) => {
      child.off("exit", onGone);
      resolve(statuses as Statuses);
    });
    child.send(message);
  });
}
