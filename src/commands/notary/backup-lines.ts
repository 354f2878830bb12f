/** What is said of a backup, when it is made and when it is restored. */

export interface BackupSummary {
  readonly takenAt: string;
  readonly origin: string;
  readonly ledger: { readonly treeSize: number };
  readonly deposits: { readonly count: number; readonly lastReceivedAt?: string };
  readonly originals: { readonly count: number; readonly bytes: number; readonly without: readonly string[] };
  readonly files: readonly {
    readonly member: string;
    readonly name: string;
    readonly was: string;
    readonly isSecret: boolean;
    readonly isIncluded: boolean;
  }[];
}

/** Says what is in a backup, and of when it is. */
export function contentLines({ takenAt, origin, ledger, deposits, originals }: BackupSummary): string[] {
  const { count, lastReceivedAt } = deposits;
  return [
    `${origin} as of ${takenAt}: a ledger of ${ledger.treeSize} entries, ${count} deposits` +
      (lastReceivedAt === undefined ? "" : ` (the newest received ${lastReceivedAt})`) +
      `, ${originals.count} originals`,
    ...originals.without.map((sha256) => `  without the original ${sha256}`),
  ];
}
