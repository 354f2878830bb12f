/** How a server before strangers is bounded: what `listen` is told of the configured limits. */
import { type ConfiguredLimits, serverLimitsOf } from "../../configuration/limits.js";
import type { ClientAddresses } from "../../platform/server/client-address.js";

/** Whoever comes through a named proxy is counted by request, the proxy by nothing. */
export function guarded(limits: ConfiguredLimits, { isProxy, ofPeer }: ClientAddresses) {
  const { connections, slowReaders, ...server } = serverLimitsOf(limits);
  const nameOf = (address: string | undefined) => (isProxy(address) ? undefined : ofPeer(address));
  return { ...server, connections: { limits: connections, slowReaders, nameOf } };
}
