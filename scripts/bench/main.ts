/**
 * `npm run bench`: the service under load. `npm run bench -- ledger [--sizes 10000,1000000]`: the ledger by itself.
 * `npm run bench -- certificates`: certificates on one core.
 */
import { parseArgs } from "node:util";
import { benchCertificates } from "./certificates.js";
import { benchLedger } from "./ledger.js";
import { benchService } from "./service.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { sizes: { type: "string", default: "10000,1000000,10000000" } },
});
const [what = "service"] = positionals;
if (what === "service") await benchService();
else if (what === "ledger") await benchLedger(values.sizes.split(",").map(Number));
else if (what === "certificates") await benchCertificates();
else throw new Error(`nothing to measure by the name ${what}: service, ledger, certificates`);
