/** litewitness with a key of its own, which only ssh-agent holds, as its authors have it. */
import { join } from "node:path";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";
import { askPeer, type peers, type RunningPeer } from "./peers.js";

export interface Litewitness {
  readonly name: string;
  readonly vkey: string;
  readonly url: string;
  readonly process: RunningPeer;
  /** What witnessctl says that it has cosigned last of its log. */
  recorded(): Promise<{ readonly size: number; readonly rootHash: string }>;
}

export async function startLitewitness(
  { folder, start }: ReturnType<typeof peers>,
  { name, log }: { name: string; log: { origin: string; vkey: string } },
): Promise<Litewitness> {
  const [key, socket, database] = [join(folder, "key"), join(folder, "agent"), join(folder, "witness.db")];
  await askPeer("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const agent = start("ssh-agent", ["-D", "-a", socket]);
  await agent.printed(/SSH_AUTH_SOCK/);
  await askPeer("ssh-add", ["-q", key], { env: { SSH_AUTH_SOCK: socket } });
  const [, fingerprint = ""] = (await askPeer("ssh-keygen", ["-l", "-f", key])).split(" ");

  const witnessctl = (...args: readonly string[]) => askPeer("witnessctl", [...args, "-db", database]);
  await witnessctl("add-log", "-origin", log.origin);
  await witnessctl("add-key", "-origin", log.origin, "-key", log.vkey);
  const port = await freePort();
  const process = start("litewitness", [
    ...["-name", name, "-db", database, "-ssh-agent", socket, "-key", fingerprint],
    ...["-listen", `127.0.0.1:${port}`],
  ]);
  const [, vkey = ""] = await process.printed(/vkey=(\S+)/);
  await process.printed(/msg=listening/);
  return {
    name,
    vkey,
    url: `http://127.0.0.1:${port}`,
    process,
    recorded: async () => {
      const lines = (await witnessctl("list-logs")).trim().split("\n");
      const logs = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      const found = logs.find((each) => each["origin"] === log.origin);
      const { size, root_hash: rootHash } = (found ?? {}) as { size?: number; root_hash?: string };
      if (size === undefined || rootHash === undefined)
        throw new Error(`witnessctl list-logs: ${lines.join("\n")}`);
      return { size, rootHash };
    },
  };
}
