/** What `npm run bench -- NAME` measures, by name, and the options that there are. */
import { benchCertificates } from "./certificates.js";
import { benchCluster } from "./cluster/cluster.js";
import { benchFronts } from "./fronts.js";
import { benchHostile } from "./hostile.js";
import { benchLedger } from "./ledger.js";
import { benchService } from "./service.js";
import { benchStorage } from "./storage.js";

/** Each with its default. */
export const OPTIONS = {
  /** Of `ledger`: so many entries. */
  sizes: { type: "string", default: "10000,1000000,10000000" },
  /** Of `hostile`: so large files. */
  megabytes: { type: "string", default: "50" },
  /** Of `storage`. */
  deposits: { type: "string", default: "20000" },
  /** Of `cluster`. */
  rounds: { type: "string", default: "3" },
  /** Of each measurement of `cluster`. */
  seconds: { type: "string", default: "2" },
} as const;

type Given = Readonly<Record<keyof typeof OPTIONS, string>>;

export const BENCHES: Readonly<Record<string, (given: Given) => Promise<void>>> = {
  service: () => benchService(),
  fronts: () => benchFronts(),
  cluster: ({ rounds, seconds }) => benchCluster({ rounds: Number(rounds), seconds: Number(seconds) }),
  storage: ({ deposits }) => benchStorage(Number(deposits)),
  ledger: ({ sizes }) => benchLedger(sizes.split(",").map(Number)),
  certificates: () => benchCertificates(),
  hostile: ({ megabytes }) => benchHostile(Number(megabytes)),
};
