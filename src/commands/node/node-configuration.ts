/** `--config` of `cunzheng witness`, and of the commands below it. */
import { required } from "../model/options.js";

export const nodeConfiguration = required(
  "<file>",
  "witness.json (docs/member.md); of the commands below too",
);
