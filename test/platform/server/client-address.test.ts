/** Whose address a request is counted by: what proxies are believed, and how addresses are spelled. */
import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "@jest/globals";
import {
  createClientAddresses,
  forwardedFor,
  parseNetwork,
  type Proxies,
} from "../../../src/platform/server/client-address.js";

const request = (remoteAddress: string | undefined, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;
const clientOf = (proxies: Proxies | undefined, remote: string, headers: Record<string, string>) =>
  createClientAddresses(proxies).of(request(remote, headers));

describe("a client's address", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::ffff:c000:207", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::ffff", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002::1", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ])("%s is counted as %s", (remote, counted) => {
    expect(createClientAddresses().of(request(remote))).toBe(counted);
    expect(createClientAddresses().ofPeer(remote)).toBe(counted);
  });

  it("is unknown of a connection that is gone", () => {
    expect(createClientAddresses().of(request(undefined))).toBe("unknown");
  });

  it("is nobody's word where no proxy is named", () => {
    expect(clientOf(undefined, "192.0.2.7", { "x-forwarded-for": "203.0.113.9" })).toBe("192.0.2.7");
  });

  const proxies: Proxies = { networks: ["10.0.0.0/8", "2001:db8:f::/48"], header: "x-forwarded-for" };
  it.each([
    ["192.0.2.7", "203.0.113.9", "192.0.2.7"],
    ["10.1.2.3", "203.0.113.9", "203.0.113.9"],
    ["::ffff:10.1.2.3", "203.0.113.9", "203.0.113.9"],
    ["10.1.2.3", "198.51.100.1, 203.0.113.9", "203.0.113.9"],
    ["10.1.2.3", "198.51.100.1, 203.0.113.9, 10.4.4.4, 2001:db8:f::1", "203.0.113.9"],
    ["10.1.2.3", "203.0.113.9:4711", "203.0.113.9"],
    ["10.1.2.3", "[2001:db8:1:2::5]:4711", "2001:db8:1:2::/64"],
    ["10.1.2.3", "2001:db8:1:2::5", "2001:db8:1:2::/64"],
    ["10.1.2.3", "203.0.113.9, unknown", "10.1.2.3"],
    ["10.1.2.3", "203.0.113.9, 10.9.9.9, 1", "10.1.2.3"],
    ["10.1.2.3", "203.0.113.9, _hidden, 10.9.9.9", "10.9.9.9"],
    ["10.1.2.3", "", "10.1.2.3"],
    ["10.1.2.3", "10.0.0.9", "10.0.0.9"],
    ["10.1.2.3", "x".repeat(10_000), "10.1.2.3"],
  ])("from %s with %s is %s", (remote, header, counted) => {
    expect(clientOf(proxies, remote, { "x-forwarded-for": header, forwarded: "for=198.51.100.77" })).toBe(
      counted,
    );
  });

  it("is that of Forwarded where that is what the proxies write", () => {
    const forwarded: Proxies = { ...proxies, header: "forwarded" };
    const headers = {
      "x-forwarded-for": "198.51.100.77",
      forwarded: 'for=192.0.2.9, for="[2001:db8:1:2::5]:80";proto=https',
    };
    expect(clientOf(forwarded, "10.0.0.1", headers)).toBe("2001:db8:1:2::/64");
  });
});

it("the parameters of Forwarded are read once from left to right", () => {
  expect(
    forwardedFor('for=192.0.2.1;by=x, For="[::1]:2" ; proto=http, by="a,b;for=203.0.113.1", for=_h'),
  ).toEqual(["192.0.2.1", "[::1]:2", "", "_h"]);
  const fromMs = performance.now();
  forwardedFor('for="'.repeat(3000));
  expect(performance.now() - fromMs).toBeLessThan(1000);
});

it("a network is in CIDR notation, and an address alone is itself", () => {
  expect(
    ["10.0.0.0/8", "10.1.2.3", "::1", "2001:db8::/32", "::ffff:10.0.0.0/104"].map(
      (text) => parseNetwork(text)?.[1],
    ),
  ).toEqual([8, 32, 128, 32, 8]);
  expect(["10.0.0.0/33", "10.0.0.0/", "x", "", "10.0.0/8/8", "::ffff:10.0.0.0/80"].map(parseNetwork)).toEqual(
    Array.from({ length: 6 }, () => undefined),
  );
});
