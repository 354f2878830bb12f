/** Options that several commands of `cunzheng consortium` have. */
import { optional, repeatedOnceAtLeast, required, withDefault } from "../model/options.js";
import { language, treeSize } from "../model/shared-options.js";

export const trustFile = required("<file>", "the trust file: yours, never one from the other side");

export const lang = language("language of what is printed");

export const CHANGE = "the change, as `propose` made it";

/** A change is judged for this tree size. */
export const judgedSize = optional(
  "<size>",
  "the ledger's tree size for which it is judged; otherwise the largest that the trust file names, or that at which what is " +
    "new begins to count",
  treeSize,
);

/** These are the options of `history` and `update`. */
export const followOptions = {
  consortium: trustFile,
  from: repeatedOnceAtLeast(
    "<ledger>",
    "a ledger's address (https://notary.example/ledger), a mirror's, or a folder with its files; of several all cosignatures " +
      "are taken together, and the largest checkpoint that the quorum has cosigned (repeatable)",
  ),
  since: withDefault("<index>", "leave out the entries before it, which were read at another time", {
    absent: 0,
    parse: treeSize,
  }),
  misconduct: optional(
    "<file>",
    "where a file goes that convicts whoever signed two checkpoints that contradict each other; otherwise beside the trust " +
      "file, with the ending .misconduct.json",
  ),
};
