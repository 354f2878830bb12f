/** `cunzheng witness move-past`: what was found, what was done, and what remains the operator's to judge. */
import type { CommandWorld, MovedPast } from "./world/world.js";

/** 0 where the node may sign for every log, 1 where it may not. */
export async function movePastCommand(configFile: string, world: CommandWorld): Promise<number> {
  const reports = await world.movePast(configFile);
  for (const report of reports) world.print(`${linesOf(report).join("\n")}\n`);
  return reports.every(({ outcome }) => outcome === "moved" || outcome === "nothing-forgotten") ? 0 : 1;
}

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
