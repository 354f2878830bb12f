/**
 * Time servers (SNTP), asked when the notary's clock watch wants to know. They correct nothing, which is the operating
 * system's work.
 */
import type { Log, MonotonicMs, TimeServers } from "../../notary/ports/host.js";
import { askTime, type TimeServer } from "./sntp.js";

export interface TimeServersOptions {
  readonly servers: readonly TimeServer[];
  readonly log: Log;
  readonly monotonicMs: MonotonicMs;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 2000;

export function openTimeServers(options: TimeServersOptions): TimeServers {
  const { servers, log, monotonicMs, timeoutMs = TIMEOUT_MS } = options;
  const names = servers.map(({ host, port }) => `${host}:${port}`);
  let wasMissed = false;

  return {
    names,
    ask: async () => {
      const answers = await Promise.allSettled(
        servers.map((server) => askTime(server, { timeoutMs, monotonicMs })),
      );
      const isMissed = answers.every(({ status }) => status === "rejected");
      if (isMissed && !wasMissed) {
        const problems = answers.flatMap((answer, i) =>
          answer.status === "rejected" ? [`${names[i]}: ${(answer.reason as Error).message}`] : [],
        );
        log.warn({ problems }, "the clock's offset could not be measured");
      }
      if (!isMissed && wasMissed) log.info({}, "the clock's offset is measured again");
      wasMissed = isMissed;
      return answers.map((answer) => (answer.status === "fulfilled" ? answer.value : undefined));
    },
  };
}
