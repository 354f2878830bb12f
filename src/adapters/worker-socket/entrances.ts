/** Where a worker is asked: at a path of the machine that it is on, or at an address of the network, by the cluster's key. */
import { rmSync } from "node:fs";
import { connect as connectPath, createServer as createPathServer, type Server, type Socket } from "node:net";
import { constants } from "node:crypto";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import type { Log } from "../../notary/ports/host.js";
import type { ClusterKey } from "../../platform/keys/cluster-key.js";
import { type HostPort, parseHostPort } from "../../platform/server/host-port.js";

export interface Listening {
  /** Resolves when nobody comes in any more. */
  close(): Promise<void>;
}

/** Where a worker lets in those who may come in. */
export interface Entrance {
  /** This is what the lease names; a `Way` of the same kind reads it. */
  readonly address: string;
  /** Calls `take` with whoever has shown that it may come in. Rejects where it can't listen. */
  listen(take: (socket: Socket) => void, log: Log): Promise<Listening>;
}

/** How a process reaches a worker by what its lease names. Undefined for an address of another kind. */
export type Way = (address: string) => Socket | undefined;

/** At a path that nobody else has. Whoever can reach it owns the folder that it lies in. */
export const pathEntrance = (path: string): Entrance => ({
  address: path,
  listen: async (take) => {
    const server = createPathServer(take);
    await listening(server, (done) => server.listen(path, done));
    return {
      close: async () => {
        await new Promise((resolve) => server.close(resolve));
        rmSync(path, { force: true });
      },
    };
  },
});

export const pathWay: Way = (address) => (address.startsWith("/") ? connectPath(address) : undefined);

/**
 * TLS 1.2 with a key that both have (RFC 5489: ECDHE_PSK, by RFC 7905 with ChaCha20-Poly1305): a connection that was recorded
 * can't be read by whoever gets the key later. Nothing is resumed, nothing negotiated twice. Node has no external keys of TLS 1.3.
 */
const SUITE = {
  ciphers: "ECDHE-PSK-CHACHA20-POLY1305",
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.2",
  secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
} as const;

const HANDSHAKE_MS = 2000;
/** Of those who have not shown yet that they have the key the oldest makes room: a handshake takes milliseconds. */
const MOST_HANDSHAKES = 64;

/** Listens at `listen`; `advertised` is where others reach that. Who has not the key gets no further than the handshake. */
export const networkEntrance = (listen: HostPort, advertised: string, key: ClusterKey): Entrance => ({
  address: advertised,
  listen: async (take, log) => {
    const strangers = new Map<string, Socket>();
    const server = createTlsServer({
      ...SUITE,
      handshakeTimeout: HANDSHAKE_MS,
      pskIdentityHint: "",
      pskCallback: (_, id) => (id === key.id ? key.secret : null),
    });
    server.on("connection", (socket: Socket) => {
      const [oldest] = strangers.values();
      if (strangers.size >= MOST_HANDSHAKES) oldest?.destroy();
      const peer = peerOf(socket);
      strangers.set(peer, socket);
      // Of the whole handshake: what Node's own limit begins anew with each byte.
      const late = setTimeout(() => {
        if (strangers.get(peer) === socket) socket.destroy();
      }, HANDSHAKE_MS);
      socket.on("close", () => {
        clearTimeout(late);
        if (strangers.get(peer) === socket) strangers.delete(peer);
      });
    });
    server.on("secureConnection", (socket) => {
      strangers.delete(peerOf(socket));
      take(socket);
    });
    server.on("tlsClientError", ({ message }, socket) => {
      log.warn(
        { from: socket.remoteAddress, reason: message },
        "somebody came who has not shown the cluster's key",
      );
    });
    await listening(server, (done) => server.listen(listen, done));
    return {
      close: async () => {
        const closed = new Promise((resolve) => server.close(resolve));
        for (const socket of strangers.values()) socket.destroy();
        await closed;
      },
    };
  },
});

export const networkWay =
  (key: ClusterKey): Way =>
  (address) => {
    const place = parseHostPort(address);
    if (place === undefined) return undefined;
    return connectTls({
      ...SUITE,
      ...place,
      pskCallback: () => ({ psk: key.secret, identity: key.id }),
      // There is no certificate: whoever ends the handshake has the key.
      checkServerIdentity: () => undefined,
    });
  };

const peerOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  [remoteAddress, remotePort, localAddress].join(" ");

function listening(server: Server, listen: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    listen(resolve);
  });
}
