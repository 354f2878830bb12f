/**
 * Loaded before a program (`node --import`): it is killed, as by a power cut, before its `KILL_AT`-th rename or link, counted
 * from 1. Nothing else is changed, and after fewer than that it ends by itself.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

let left = Number(process.env["KILL_AT"]);

function killedBefore(holder, name) {
  const real = holder[name];
  holder[name] = (...args) => {
    left -= 1;
    if (left === 0) process.kill(process.pid, "SIGKILL");
    return real(...args);
  };
}

for (const name of ["renameSync", "linkSync"]) killedBefore(fs, name);
for (const name of ["rename", "link"]) killedBefore(fs.promises, name);
syncBuiltinESMExports();
