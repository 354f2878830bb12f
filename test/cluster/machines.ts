/**
 * Machines of a test's own: network namespaces on one bridge, each with an address at which the others, and this process, reach
 * it. One that is cut off hears nothing and is not heard, and nobody is told: its packets are lost. Needs root and iproute2.
 */
import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { tell } from "../../scripts/random.js";

export interface Machine {
  readonly host: string;
  /** A command that runs another one on this machine and becomes it. */
  readonly launcher: readonly string[];
  /** Absent where it can't be cut off. */
  readonly network?: { cut(): void; heal(): void };
}

export interface Machines {
  /** Of this process, as the machines reach it. */
  readonly host: string;
  readonly all: readonly Machine[];
  /** What still runs on a machine goes on without its network. */
  close(): void;
}

const run =
  (command: string) =>
  (...args: readonly string[]) =>
    execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const ip = run("ip");
const iptables = run("iptables");

/** Where this process may not make any, all are the machine that it runs on, and none can be cut off: that is told. */
export function machinesOrThisOne(count: number): Machines {
  try {
    return openMachines(count);
  } catch (error) {
    tell(
      `SKIPPED: no machine is cut off, since none can be made here: ${(error as Error).message.split("\n")[0]}`,
    );
    const here: Machine = { host: "127.0.0.1", launcher: [] };
    return { host: here.host, all: Array<Machine>(count).fill(here), close: () => undefined };
  }
}

/** Throws where this process may not do that; nothing is left behind then. */
function openMachines(count: number): Machines {
  const mark = `cz${randomInt(36 ** 4).toString(36)}`;
  // Of the addresses for private use (RFC 1918); another run at the same time has others.
  const net = `10.${randomInt(16, 240)}.${randomInt(256)}`;
  const host = `${net}.1`;
  const names: string[] = [];
  const close = () => {
    for (const name of names) attempt(() => ip("netns", "del", name));
    attempt(() => iptables("-D", "FORWARD", "-i", mark, "-j", "ACCEPT"));
    attempt(() => ip("link", "del", mark));
  };
  try {
    ip("link", "add", mark, "type", "bridge");
    ip("addr", "add", `${host}/24`, "dev", mark);
    ip("link", "set", mark, "up");
    // Where a container engine runs, what crosses a bridge is dropped unless it is allowed.
    attempt(() => iptables("-I", "FORWARD", "-i", mark, "-j", "ACCEPT"));
    const all = Array.from({ length: count }, (_, i): Machine => {
      const name = `${mark}-${i}`;
      const outer = `${mark}v${i}`;
      const address = `${net}.${10 + i}`;
      ip("netns", "add", name);
      names.push(name);
      ip("link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", name);
      ip("link", "set", outer, "master", mark, "up");
      ip("-n", name, "addr", "add", `${address}/24`, "dev", "eth0");
      ip("-n", name, "link", "set", "eth0", "up");
      ip("-n", name, "link", "set", "lo", "up");
      return {
        host: address,
        launcher: ["ip", "netns", "exec", name],
        network: {
          // Off the bridge, and not down: a link that is down says so to whoever sends.
          cut: () => {
            ip("link", "set", outer, "nomaster");
          },
          heal: () => {
            ip("link", "set", outer, "master", mark);
          },
        },
      };
    });
    return { host, all, close };
  } catch (error) {
    close();
    throw error;
  }
}

function attempt(act: () => unknown): void {
  try {
    act();
  } catch {
    // It is gone already.
  }
}
