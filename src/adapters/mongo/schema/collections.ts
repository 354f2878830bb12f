/** All collections of the store, each by the name that it has in the database. */
import type { Connection, Model, Schema } from "mongoose";
import { type ApiKeyRow, apiKeys, type OrganisationRow, organisations } from "./accounts.js";
import { type ArtifactRow, artifacts, type CertificateRow, certificates } from "./certificates.js";
import { deposits, type StepRow } from "./deposits.js";
import {
  type CosignatureRow,
  cosignatures,
  deferredBatches,
  type DeferredRow,
  finalities,
  type FinalityRow,
  timestampAuthorities,
  type TimestampAuthorityRow,
  type TimestampRow,
  timestamps,
} from "./finality.js";
import {
  batches,
  type BatchRow,
  type CheckpointRow,
  checkpoints,
  type EntryRow,
  ledgerEntries,
  type TileRow,
  tiles,
} from "./ledger.js";
import {
  keptOriginals,
  type KeptRow,
  type MarkRow,
  originalMarks,
  originalOwners,
  type OwnerRow,
} from "./originals.js";
import { type JobRow, jobs } from "./jobs.js";
import { type CounterRow, counters, type LeaseRow, leases, standing, type StandingRow } from "./single.js";

interface Rows {
  readonly organisations: OrganisationRow;
  readonly apiKeys: ApiKeyRow;
  readonly deposits: StepRow;
  readonly batches: BatchRow;
  readonly ledgerEntries: EntryRow;
  readonly tiles: TileRow;
  readonly checkpoints: CheckpointRow;
  readonly cosignatures: CosignatureRow;
  readonly finalities: FinalityRow;
  readonly deferredBatches: DeferredRow;
  readonly timestamps: TimestampRow;
  readonly timestampAuthorities: TimestampAuthorityRow;
  readonly artifacts: ArtifactRow;
  readonly certificates: CertificateRow;
  readonly keptOriginals: KeptRow;
  readonly originalMarks: MarkRow;
  readonly originalOwners: OwnerRow;
  readonly leases: LeaseRow;
  readonly jobs: JobRow;
  readonly counters: CounterRow;
  readonly standing: StandingRow;
}

export const SCHEMAS: { readonly [Name in keyof Rows]: Schema } = {
  ...{ organisations, apiKeys, deposits, batches, ledgerEntries, tiles, checkpoints },
  ...{ cosignatures, finalities, deferredBatches, timestamps, timestampAuthorities },
  ...{ artifacts, certificates, keptOriginals, originalMarks, originalOwners, leases, jobs, counters },
  standing,
};

/** What the database itself refuses, of each collection. */
export const validatorOf = (schema: Schema): object => ({
  $jsonSchema: schema.toJSONSchema({ useBsonType: true }),
});

export type Collections = { readonly [Name in keyof Rows]: Model<Rows[Name]> };

export function collectionsOf(connection: Connection): Collections {
  return Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, schema]) => [name, connection.model(name, schema, name)]),
  ) as unknown as Collections;
}
