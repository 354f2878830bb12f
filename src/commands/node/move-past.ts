/** `cunzheng witness move-past`: what was found, what was done, and what remains the operator's to judge. */
import { command } from "../model/command.js";
import { EXIT } from "../model/exit-codes.js";
import type { World } from "../model/world.js";
import { nodeConfiguration } from "./node-configuration.js";

/** This is what became of the memory of one log. */
export interface MovedPast {
  readonly origin: string;
  readonly outcome: "moved" | "nothing-forgotten" | "unproved" | "contradicted";
  readonly fromSize: number;
  readonly toSize: number;
  /** Here stands what was signed, and where that is known. */
  readonly found: readonly { readonly treeSize: number; readonly from: string }[];
  readonly silent: readonly { readonly name: string; readonly error: string }[];
  readonly problems: readonly string[];
}

export interface MovePastEffects {
  /** Brings a stopped node's memory past what it is known to have signed. */
  movePast(configFile: string): Promise<readonly MovedPast[]>;
}

export const movePast = command({
  name: "move-past",
  description:
    "bring a stopped node that was restored from a backup past what it has signed since: gathers that from the log " +
    "and the peers, proves it, writes the memory forward; " +
    "exit codes: 0 it may sign, 1 it may not",
  above: { config: nodeConfiguration },
  run: async ({ config }, world: World & MovePastEffects) => {
    const reports = await world.movePast(config);
    for (const report of reports) world.print(`${linesOf(report).join("\n")}\n`);
    return reports.every(({ outcome }) => outcome === "moved" || outcome === "nothing-forgotten")
      ? EXIT.done
      : EXIT.refused;
  },
});

const OUTCOMES: Readonly<Record<MovedPast["outcome"], (report: MovedPast) => string>> = {
  moved: ({ fromSize, toSize }) =>
    `moved from size ${fromSize} to size ${toSize}; all that was found lies on one branch below it. Start the node.`,
  "nothing-forgotten": ({ fromSize }) =>
    `nothing to do: the memory ends at size ${fromSize}, and nobody who answered knows of more.`,
  unproved: ({ fromSize }) =>
    `NOT moved from size ${fromSize}: no checkpoint could be proved to hold all that was signed. Ask again when the log ` +
    "or more peers answer.",
  contradicted: ({ fromSize }) =>
    `NOT moved from size ${fromSize}: this node has signed two branches. Its key must not sign again: keep the data ` +
    "folder, write what was kept with `cunzheng misconduct`, and have the trust file changed.",
};

function linesOf(report: MovedPast): string[] {
  const { origin, outcome, found, silent, problems } = report;
  return [
    `${origin}: ${OUTCOMES[outcome](report)}`,
    ...found.map(({ treeSize, from }) => `  size ${treeSize}: ${from}`),
    ...problems.map((problem) => `  problem: ${problem}`),
    ...silent.map(
      ({ name, error }) => `  no answer from ${name} (${error}): what only it knows is not known here`,
    ),
  ];
}
