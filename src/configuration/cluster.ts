/** `cluster`: how processes of this notary on several machines reach the one that works; absent: all are on one machine. */
import { ParseError } from "../core/errors.js";
import type { JsonValue } from "../core/record/json.js";
import { type Reader, readInteger, readObject, readString } from "../core/record/reader.js";
import { formatHostPort, type HostPort, parseHostPort } from "../platform/server/host-port.js";
import { section } from "./section.js";

export interface ClusterSettings {
  /** This is the absolute path of the key that all processes of this notary have, and nobody else. */
  readonly keyFile: string;
  /** A process that only answers requests has none. */
  readonly listen?: HostPort & {
    /** This is the `host:port` at which the others reach the worker that leads. */
    readonly advertised: string;
  };
}

const readHostPort: Reader<string> = (value, field) => {
  const text = readString(value, field);
  if (parseHostPort(text) !== undefined) return text;
  throw new ParseError("value-range", "no address", { field, got: text, want: "host:port" });
};

/** Where a socket listens at all addresses: none of them is one that others can be told. */
const EVERYWHERE: readonly string[] = ["0.0.0.0", "::"];

/** The lease names the port before anybody listens there, so that none can be asked of the system. */
const readListen: Reader<HostPort> = (value, field) =>
  readObject(value, field, {
    required: { host: readString, port: readInteger({ min: 1, max: 65_535 }) },
    optional: {},
  });

const readMembers = (value: JsonValue, field: string) =>
  readObject(value, field, {
    required: { keyFile: readString },
    optional: { listen: readListen, advertise: readHostPort },
  });

const readCluster: Reader<ReturnType<typeof readMembers>> = (value, field) => {
  const given = readMembers(value, field);
  const { listen, advertise } = given;
  const at = `${field}/advertise`;
  if (advertise !== undefined && listen === undefined)
    throw new ParseError("value-range", "who listens nowhere has no address", {
      ...{ field: at, got: advertise, want: "listen beside it" },
    });
  if (listen === undefined || advertise !== undefined) return given;
  if (EVERYWHERE.includes(listen.host) || parseHostPort(formatHostPort(listen)) === undefined)
    throw new ParseError("value-range", "others can't be told where to find it", {
      ...{ field: at, got: listen.host, want: "host:port at which the others reach it" },
    });
  return given;
};

export const cluster = section(readCluster, (given, { path }): ClusterSettings | undefined => {
  if (given === undefined) return undefined;
  const { keyFile, listen, advertise } = given;
  return {
    keyFile: path(keyFile),
    ...(listen && { listen: { ...listen, advertised: advertise ?? formatHostPort(listen) } }),
  };
});
