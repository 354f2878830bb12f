/** `clock`: what this machine's clock is measured against, and how far off it may be. */
import { ParseError } from "../core/errors.js";
import { type Reader, readArray, readInteger, readString } from "../core/record/reader.js";
import { DEFAULT_SETTINGS, type NotarySettings } from "../notary/model/settings.js";
import { type HostPort, parseHostPort } from "../platform/server/host-port.js";
import { optionalMembers, section } from "./section.js";

export interface ClockSettings {
  /** This machine's clock is measured against these time servers (SNTP); with none, batches say that nobody measured it. */
  readonly ntp: readonly HostPort[];
  /** Where it is further from true time than this, by time servers or nodes, no times are signed. */
  readonly toleranceMs: NotarySettings["clock"]["toleranceMs"];
}

const NTP_PORT = 123;
/** Cosignatures have whole seconds: nodes tell no smaller difference. */
const MIN_TOLERANCE_MS = 1000;

/** Reads `host` or `host:port`; an IPv6 address stands in brackets. */
const readTimeServer: Reader<HostPort> = (value, field) => {
  const text = readString(value, field);
  const server = parseHostPort(text, NTP_PORT);
  if (server !== undefined) return server;
  throw new ParseError("value-range", "no time server", { field, got: text, want: "host or host:port" });
};

export const clock = section(
  optionalMembers({
    ntp: readArray(readTimeServer),
    toleranceMs: readInteger({ min: MIN_TOLERANCE_MS }),
  }),
  (given): ClockSettings => ({ ntp: [], ...DEFAULT_SETTINGS.clock, ...given }),
);
