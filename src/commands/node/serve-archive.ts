/** `cunzheng witness serve-archive`: a mirror's copy of the ledger, served to anybody until it is told to end. */
import { InvalidArgumentError } from "commander";
import { decimal } from "../../core/bytes.js";
import { command } from "../model/command.js";
import { optional, required, withDefault } from "../model/options.js";
import { nodeConfiguration } from "./node-configuration.js";

export interface ArchiveArguments {
  readonly configFile: string;
  readonly consortiumFile: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** The world reaches the archive under this URL; where it is absent, under the address at which it listens. */
  readonly publicUrl?: string;
}

export interface ServeArchiveEffects {
  /** Serves the archive; resolves with an exit code when it has ended. */
  serveArchive(options: ArchiveArguments): Promise<number>;
}

export const serveArchive = command({
  name: "serve-archive",
  description:
    "serve this mirror's copy of the ledger, the trust file and the verifier to anybody, when the notary is gone; " +
    "the node may be running",
  above: { config: nodeConfiguration },
  options: {
    consortium: required("<file>", "the trust file under which the ledger was kept"),
    listen: withDefault("<host:port>", "where to answer", {
      absent: { host: "127.0.0.1", port: 8080 },
      shown: "127.0.0.1:8080",
      parse: hostAndPort,
    }),
    publicUrl: optional("<url>", "under which name the world reaches it (when absent: where it listens)"),
  },
  run: ({ config, consortium, ...options }, world: ServeArchiveEffects) =>
    world.serveArchive({ ...options, configFile: config, consortiumFile: consortium }),
});

/** Parses `127.0.0.1:8080` or `[::1]:8080`. Throws `InvalidArgumentError` for anything else. */
function hostAndPort(text: string): ArchiveArguments["listen"] {
  const [, host, digits = ""] = /^(\[[0-9a-fA-F:.]+\]|[^[\]:]+):([0-9]+)$/.exec(text) ?? [];
  const port = decimal(digits);
  if (host === undefined || port === undefined || port < 1 || port > 65_535)
    throw new InvalidArgumentError("not host:port");
  return { host: host.replace(/^\[|\]$/g, ""), port };
}
