/** `cunzheng jobs`: its commands. */
import { command } from "../../model/command.js";
import { drop, replay } from "./decide.js";
import { list } from "./list.js";

export const jobs = command({
  name: "jobs",
  description:
    "what a notary does beside requests: what waits, what has failed for good, and what becomes of that",
  commands: [list, replay, drop],
});
