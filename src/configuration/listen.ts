/** `listen`: where the notary answers. */
import { readInteger, readString } from "../core/record/reader.js";
import { optionalMembers, section } from "./section.js";

export interface ListenSettings {
  readonly host: string;
  /** The port 0 takes a free one. */
  readonly port: number;
}

/** Reads a port, 0 to 65535. */
export const readPort = readInteger({ min: 0, max: 65_535 });

/** The notary answers in clear, so nobody but this machine: TLS is the work of a proxy on it. */
export const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 8080;

export const listen = section(
  optionalMembers({ host: readString, port: readPort }),
  (given): ListenSettings => ({ host: DEFAULT_HOST, port: DEFAULT_PORT, ...given }),
);
