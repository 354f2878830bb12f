/** Where the queue is: the environment says it, else notary.json, else a file of its owner's that notary.json names. */
import type { NotaryConfiguration } from "../../configuration/configuration.js";
import { readQueueUrl } from "../../configuration/queue.js";
import { readPrivateFile } from "../../platform/files/private-files.js";
import { readNeeded } from "./needed-file.js";

const VARIABLE = "CUNZHENG_QUEUE";

/** Undefined where there is none. Throws, without showing what was said, where that is no address. */
export function queueUrl({
  queue,
  queueFile,
}: Partial<Pick<NotaryConfiguration, "queue" | "queueFile">>): string | undefined {
  const told = process.env[VARIABLE];
  const make = "its one line is the address of the queue";
  const read = (text: string) => readQueueUrl(text, "");
  if (told !== undefined && told !== "")
    return readNeeded(VARIABLE, { namedBy: "the environment", make }, () => read(told));
  if (queueFile === undefined) return queue;
  return readNeeded(queueFile, { namedBy: "queueFile", make }, (file) =>
    read(readPrivateFile(file).toString("utf8").trimEnd()),
  );
}
