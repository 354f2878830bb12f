/** What this process has done since its start, in numbers that only grow: for whoever watches it. */
export interface Activity {
  deposits: number;
  batches: number;
  certificates: number;
}

export const newActivity = (): Activity => ({ deposits: 0, batches: 0, certificates: 0 });
