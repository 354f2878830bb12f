/** `clock`: what this machine's clock is measured against, and how far off it may be. */
import { ParseError } from "../core/errors.js";
import { type Reader, readArray, readInteger, readString } from "../core/record/reader.js";
import { DEFAULT_SETTINGS, type NotarySettings } from "../notary/model/settings.js";
import { optionalMembers, section } from "./section.js";

export interface TimeServer {
  readonly host: string;
  readonly port: number;
}

export interface ClockSettings {
  /** This machine's clock is measured against these time servers (SNTP); with none, batches say that nobody measured it. */
  readonly ntp: readonly TimeServer[];
  /** Where it is further from true time than this, by time servers or nodes, no times are signed. */
  readonly toleranceMs: NotarySettings["clock"]["toleranceMs"];
}

const NTP_PORT = 123;
/** Cosignatures have whole seconds: nodes tell no smaller difference. */
const MIN_TOLERANCE_MS = 1000;

/** Reads `host` or `host:port`; an IPv6 address stands in brackets. */
const readTimeServer: Reader<TimeServer> = (value, field) => {
  const text = readString(value, field);
  const [, bracketed, named, digits] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
  const host = bracketed ?? named;
  const port = digits === undefined ? NTP_PORT : Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new ParseError("value-range", "no time server", { field, got: text, want: "host or host:port" });
};

export const clock = section(
  optionalMembers({
    ntp: readArray(readTimeServer),
    toleranceMs: readInteger({ min: MIN_TOLERANCE_MS }),
  }),
  (given): ClockSettings => ({ ntp: [], ...DEFAULT_SETTINGS.clock, ...given }),
);
