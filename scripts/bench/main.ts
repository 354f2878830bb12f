/**
 * `npm run bench`: the service under load; `npm run bench -- fronts`: with processes that answer beside the one that works. `npm run bench -- ledger [--sizes 10000,1000000]`: the ledger by itself.
 * `npm run bench -- certificates`: certificates on one core. `npm run bench -- hostile [--megabytes 50]`: files made to hold
 * up a verifier. `npm run bench -- cluster [--rounds 3] [--seconds 2]`: several processes on MongoDB beside one on SQLite.
 * `npm run bench -- storage [--deposits 20000]`: bytes a deposit in MongoDB and in SQLite.
 */
import { parseArgs } from "node:util";
import { benchCertificates } from "./certificates.js";
import { benchCluster } from "./cluster/cluster.js";
import { benchFronts } from "./fronts.js";
import { benchHostile } from "./hostile.js";
import { benchLedger } from "./ledger.js";
import { benchService } from "./service.js";
import { benchStorage } from "./storage.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: "string", default: "10000,1000000,10000000" },
    megabytes: { type: "string", default: "50" },
    deposits: { type: "string", default: "20000" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "2" },
  },
});
const [what = "service"] = positionals;
if (what === "service") await benchService();
else if (what === "ledger") await benchLedger(values.sizes.split(",").map(Number));
else if (what === "certificates") await benchCertificates();
else if (what === "hostile") await benchHostile(Number(values.megabytes));
else if (what === "fronts") await benchFronts();
else if (what === "cluster")
  await benchCluster({ rounds: Number(values.rounds), seconds: Number(values.seconds) });
else if (what === "storage") await benchStorage(Number(values.deposits));
else
  throw new Error(
    `nothing to measure by the name ${what}: service, fronts, cluster, storage, ledger, certificates, hostile`,
  );
