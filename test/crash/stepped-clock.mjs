/**
 * Loaded before a program (`node --import`), this makes its clock wrong by as many milliseconds as the file
 * `CLOCK_OFFSET_FILE` says: `Date` alone, as when somebody sets the machine's clock. Timers and `performance` go on as they
 * do then. Other programs' clocks stay right.
 */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

const Real = globalThis.Date;
const file = process.env["CLOCK_OFFSET_FILE"];
const READ_EVERY_MS = 5;
let readAtMs = -Infinity;
let offsetMs = 0;

function wrong() {
  if (performance.now() - readAtMs >= READ_EVERY_MS) {
    readAtMs = performance.now();
    try {
      offsetMs = Number(readFileSync(file, "utf8")) || 0;
    } catch {
      // It is being written: what it said is so still.
    }
  }
  return Real.now() + offsetMs;
}

if (file !== undefined)
  globalThis.Date = class Date extends Real {
    constructor(...given) {
      if (given.length === 0) super(wrong());
      else super(...given);
    }
    static now() {
      return wrong();
    }
  };
