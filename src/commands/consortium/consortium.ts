/** `cunzheng consortium`: its commands. */
import { command } from "../model/command.js";
import { approve } from "./approve.js";
import { check } from "./check.js";
import { fingerprint } from "./fingerprint.js";
import { history } from "./history.js";
import { propose } from "./propose.js";
import { show } from "./show.js";
import { submit } from "./submit.js";
import { update } from "./update.js";

export const consortium = command({
  name: "consortium",
  description: "the consortium: who is in it, its history on the ledger, and changes of it",
  commands: [show, fingerprint, history, update, propose, check, approve, submit],
});
