/** A service that starts slowly: says so, and when it has started and closed. */
import { setTimeout as delay } from "node:timers/promises";
import { runUntilTold } from "../../../dist/src/programs/services/until-told.js";

console.log("starting");
const code = await runUntilTold(async () => {
  await delay(400);
  console.log("started");
  return { close: async () => console.log("closed") };
});
process.exit(code);
