/** Loaded before a program (`node --import`): writes down, as it ends, what the process has used. */
import { writeFileSync } from "node:fs";
import { peakMegabytes } from "./peak-memory.js";

const { CUNZHENG_USAGE_FILE: file } = process.env;
if (file === undefined) throw new Error("CUNZHENG_USAGE_FILE names the file that tells what was used");
process.on("exit", () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const used = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: peakMegabytes() };
  writeFileSync(file, JSON.stringify(used));
});
