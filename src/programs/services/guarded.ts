/** How a server before strangers is bounded: what `listen` is told of the configured limits. */
import type { ClientAddresses } from "../../platform/server/client-address.js";
import { type GivenServerLimits, serverLimitsOf } from "../../platform/server/server-limits.js";

/** Whoever comes through a named proxy is counted by request, the proxy by nothing. */
export function guarded(limits: GivenServerLimits, { isProxy, ofPeer }: ClientAddresses) {
  const { connections, slowReaders, ...server } = serverLimitsOf(limits);
  const nameOf = (address: string | undefined) => (isProxy(address) ? undefined : ofPeer(address));
  return { ...server, connections: { limits: connections, slowReaders, nameOf } };
}
