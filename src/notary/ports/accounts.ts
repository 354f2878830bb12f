/** Organisations and their API keys, as they are stored. */
import type { Organisation, Role } from "../model/model.js";

export interface StoredApiKey {
  readonly id: string;
  readonly organisationId: string;
  readonly role: Role;
  /** SHA-256 of the token's secret. */
  readonly secretHash: Uint8Array;
  readonly createdAtMs: number;
  readonly revokedAtMs?: number;
}

/** All writes durable. */
export interface AccountStore {
  /** Inserts or replaces. */
  putOrganisation(organisation: Organisation): Promise<void>;
  findOrganisation(id: string): Promise<Organisation | undefined>;
  listOrganisations(): Promise<readonly Organisation[]>;
  insertApiKey(key: StoredApiKey): Promise<void>;
  findApiKey(id: string): Promise<StoredApiKey | undefined>;
  listApiKeys(organisationId: string): Promise<readonly StoredApiKey[]>;
  /** Keeps the first time; undefined where there is no such key. */
  revokeApiKey(id: string, atMs: number): Promise<StoredApiKey | undefined>;
}
