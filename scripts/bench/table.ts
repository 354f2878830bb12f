/** What was measured, as a table: each figure the median of several, with the lowest and highest beside it. */
import { cpus, loadavg, totalmem } from "node:os";
import { median, spread } from "./statistics.js";

export interface Row {
  readonly what: string;
  readonly values: readonly number[];
  readonly unit: string;
  readonly mark?: string;
}

/** Of which machine the figures are; to be asked before the first run. */
export function machine(): string[] {
  const cpu = cpus();
  return [
    `Machine: ${cpu.length} x ${cpu[0]?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
    // With others at work on the same cores the figures are theirs too.
    `Load average of the last minute before the first run: ${(loadavg()[0] ?? 0).toFixed(1)}`,
  ];
}

export function printTable(head: readonly string[], rows: readonly Row[]): void {
  printHead(head);
  printRows(rows);
  console.log("");
}

export function printHead(head: readonly string[]): void {
  console.log(`\n${head.join("\n")}\n`);
}

/** By themselves where a measurement takes so long that what is known is told before it ends. */
export function printRows(rows: readonly Row[]): void {
  for (const { what, values, unit, mark } of rows) {
    const figure = `${format(median(values))} ${unit}`.padStart(14);
    const range = values.length > 1 ? `   [${spread(values).map(format).join(" to ")}]` : "";
    console.log(`  ${what.padEnd(54)}${figure}${range}${mark ? `   mark: ${mark} ${unit}` : ""}`);
  }
}

const format = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
