/**
 * `npm run bench`: the service under load; `npm run bench -- fronts`: with processes that answer beside the one that works. `npm run bench -- ledger [--sizes 10000,1000000]`: the ledger by itself.
 * `npm run bench -- certificates`: certificates on one core. `npm run bench -- hostile [--megabytes 50]`: files made to hold
 * up a verifier. `npm run bench -- cluster [--rounds 3] [--seconds 2]`: several processes on MongoDB beside one on SQLite.
 * `npm run bench -- storage [--deposits 20000]`: bytes a deposit in MongoDB and in SQLite.
 */
import { parseArgs } from "node:util";
import { BENCHES, OPTIONS } from "./benches.js";

const { positionals, values } = parseArgs({ allowPositionals: true, options: OPTIONS });
const [what = "service"] = positionals;
const bench = BENCHES[what];
if (bench === undefined)
  throw new Error(`nothing to measure by the name ${what}: ${Object.keys(BENCHES).join(", ")}`);
await bench(values);
