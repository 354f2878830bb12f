/** `fronts`: how many processes answer requests beside the one that works; 0: that one does. */
import { readInteger } from "../core/record/reader.js";
import { plain } from "./section.js";

const MOST_FRONTS = 64;

export const fronts = plain(readInteger({ min: 0, max: MOST_FRONTS }), 0);
