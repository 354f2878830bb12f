/** `metrics`: where Prometheus reads (`/metrics`), a listener of its own, never the public one; absent where nobody does. */
import { readObject, readString } from "../core/record/reader.js";
import { DEFAULT_HOST, type ListenSettings, readPort } from "./listen.js";
import { section } from "./section.js";

export const metrics = section(
  (value, field) =>
    readObject(value, field, { required: { port: readPort }, optional: { host: readString } }),
  (given): ListenSettings | undefined => given && { host: DEFAULT_HOST, ...given },
);
