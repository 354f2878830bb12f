/** Loaded before a program: tells at its end, on descriptor 3, how much memory it had at most (bytes of the resident set). */
import { writeSync } from "node:fs";

process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS * 1024)));
