/**
 * Which network a request came from: the socket's address, or what proxies that the operator has named say. Only their
 * word is taken, and of what they pass on only as far as they have written it themselves: the right-most hop that is not
 * one of theirs.
 */
import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

export interface Proxies {
  /** In CIDR notation (RFC 4632, RFC 4291): `10.0.0.0/8`, `2001:db8::/32`; an address alone is itself. */
  readonly networks: readonly string[];
  /** Which one they write; the other is the client's own word, and never read. */
  readonly header: "x-forwarded-for" | "forwarded";
}

/** Undefined where the text is not a network. */
export function parseNetwork(text: string): readonly [Address, number] | undefined {
  if (ipaddr.isValid(text)) {
    const address = canonical(ipaddr.parse(text));
    return [address, address.kind() === "ipv4" ? 32 : 128];
  }
  try {
    const [address, bits] = ipaddr.parseCIDR(text);
    // A mask of an IPv4-mapped network counts the 96 bits before it.
    const mapped = address.kind() === "ipv6" && (address as ipaddr.IPv6).isIPv4MappedAddress();
    if (mapped && bits < 96) return undefined;
    return [canonical(address), mapped ? bits - 96 : bits];
  } catch {
    return undefined;
  }
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface ClientAddresses {
  /** Of the client, by network: an IPv4 address, or an IPv6 network of 64 bits, which is what one site has at least. */
  of(request: IncomingMessage): string;
  /** Of the other end of the connection, the same. */
  ofPeer(remoteAddress: string | undefined): string;
  /** Whether the other end is a proxy that passes on many clients' requests. */
  isProxy(remoteAddress: string | undefined): boolean;
}

/** A chain of proxies is short: beyond that, whatever is written is somebody's game. */
const MAX_HOPS = 32;

export function createClientAddresses(proxies?: Proxies): ClientAddresses {
  const networks = (proxies?.networks ?? []).map((text) => {
    const network = parseNetwork(text);
    if (network === undefined) throw new Error(`internal: ${text} is no network`);
    return network;
  });
  const isTrusted = (address: Address): boolean =>
    networks.some(([network, bits]) => network.kind() === address.kind() && matches(address, network, bits));
  const isProxy = (remoteAddress: string | undefined): boolean => {
    const peer = networks.length === 0 ? undefined : parseAddress(remoteAddress ?? "");
    return peer !== undefined && isTrusted(peer);
  };
  const ofPeer = (remoteAddress: string | undefined): string => {
    const address = parseAddress(remoteAddress ?? "");
    return address === undefined ? UNKNOWN : networkOf(address);
  };
  /** A connection's address does not change: most requests come on one that was seen. */
  const seen = new WeakMap<object, string>();

  return {
    ofPeer,
    isProxy,
    of({ socket, headers }) {
      if (proxies === undefined || !isProxy(socket.remoteAddress)) {
        const known = seen.get(socket) ?? ofPeer(socket.remoteAddress);
        seen.set(socket, known);
        return known;
      }
      const value = String(headers[proxies.header] ?? "");
      const hops = proxies.header === "forwarded" ? forwardedFor(value) : value.split(",");
      let client = parseAddress(socket.remoteAddress ?? "");
      for (const hop of hops.slice(-MAX_HOPS).reverse()) {
        const address = parseAddress(withoutPort(hop.trim()));
        // Hidden or garbled: whoever wrote it is the last that is known.
        if (address === undefined) break;
        client = address;
        if (!isTrusted(address)) break;
      }
      return client === undefined ? UNKNOWN : networkOf(client);
    },
  };
}

/** A connection that is gone already has no address. */
const UNKNOWN = "unknown";
const SITE_BITS = 64;

function networkOf(address: Address): string {
  if (address.kind() === "ipv4") return address.toString();
  const parts = (address as ipaddr.IPv6).parts.slice(0, SITE_BITS / 16);
  return `${parts.map((part) => part.toString(16)).join(":")}::/${SITE_BITS}`;
}

const matches = (address: Address, network: Address, bits: number): boolean =>
  (address as ipaddr.IPv6).match(network as ipaddr.IPv6, bits);

/** IPv4 in IPv6's clothes (RFC 4291, section 2.5.5.2) is IPv4. */
function canonical(address: Address): Address {
  return address.kind() === "ipv6" && (address as ipaddr.IPv6).isIPv4MappedAddress()
    ? (address as ipaddr.IPv6).toIPv4Address()
    : address;
}

/** Longer ones are none: the library's expressions are not for a stranger's length. */
const MAX_ADDRESS_LENGTH = 64;

function parseAddress(text: string): Address | undefined {
  if (text.length > MAX_ADDRESS_LENGTH) return undefined;
  // Without this, `1` and `0x7f.1` would be addresses.
  if (!text.includes(":") && !ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  return ipaddr.isValid(text) ? canonical(ipaddr.parse(text)) : undefined;
}

/** `192.0.2.1:4711`, `[2001:db8::1]:4711` and `[2001:db8::1]`; an IPv6 address without brackets has no port. */
function withoutPort(hop: string): string {
  if (hop.startsWith("[")) return hop.slice(1, hop.indexOf("]"));
  const at = hop.indexOf(":");
  return at >= 0 && at === hop.lastIndexOf(":") ? hop.slice(0, at) : hop;
}

/**
 * The parameters `for` of a `Forwarded` (RFC 7239, section 4), one for each element, empty where an element has none.
 * Read once from left to right: a quoted string may hold commas.
 */
export function forwardedFor(value: string): readonly string[] {
  const found: string[] = [];
  let [text, isQuoted] = ["", false];
  const end = () => {
    const pair = text.split(";").find((one) => /^for=/i.test(one.trim()));
    found.push(pair?.trim().slice("for=".length) ?? "");
    text = "";
  };
  for (let i = 0; i < value.length; i += 1) {
    const character = value.charAt(i);
    if (character === '"') isQuoted = !isQuoted;
    else if (character === "\\" && isQuoted) text += value.charAt((i += 1));
    // A separator that is quoted separates nothing, and stands in no address.
    else if (isQuoted && (character === ";" || character === ",")) text += "?";
    else if (character === ",") end();
    else text += character;
  }
  end();
  return found;
}
