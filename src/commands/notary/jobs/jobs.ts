/** `cunzheng jobs`: its commands. */
import { command } from "../../model/command.js";
import { drop } from "./drop.js";
import { list } from "./list.js";
import { replay } from "./replay.js";

export const jobs = command({
  name: "jobs",
  description:
    "what a notary does beside requests: what waits, what has failed for good, and what becomes of that",
  commands: [list, replay, drop],
});
