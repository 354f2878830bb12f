/** Sends a load from a process of its own, so that what sends it does not hold up what takes it. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LoadAnswer, LoadOrder } from "./load-process.js";

export function runLoad(order: LoadOrder): Promise<LoadAnswer> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("load-process.js", import.meta.url)), {
      serialization: "advanced",
    });
    child.once("message", (answer) => {
      resolve(answer as LoadAnswer);
    });
    child.once("exit", (code) => {
      reject(new Error(`the load ended with ${code}`));
    });
    child.send(order);
  });
}
