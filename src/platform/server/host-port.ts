/** `host:port`, as configuration files and processes that tell each other where they listen write it. */

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const MOST_CHARACTERS = 300;

/**
 * Reads `host:port`; an IPv6 address stands in brackets. Where the port is left out it is `absent`, and the text is refused where
 * there is none. Undefined for any other text.
 */
export function parseHostPort(text: string, absent?: number): HostPort | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  const [, bracketed, named, digits] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
  const host = bracketed ?? named;
  const port = digits === undefined ? absent : Number(digits);
  return host !== undefined && port !== undefined && port <= 65_535 ? { host, port } : undefined;
}

/** Writes what `parseHostPort` reads. */
export const formatHostPort = ({ host, port }: HostPort): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
