/** Organisations and API keys in SQLite. */
import type { AccountStore, StoredApiKey } from "../../notary/ports/accounts.js";
import type { Organisation, Role } from "../../notary/model/model.js";
import { bytesOf, type SqliteDatabase, transact } from "./rows.js";

interface OrganisationRow {
  readonly id: string;
  readonly name: string;
  readonly credit_code: string | null;
}
interface ApiKeyRow {
  readonly id: string;
  readonly organisation_id: string;
  readonly role: string;
  readonly secret_hash: Buffer;
  readonly created_at_ms: number;
  readonly revoked_at_ms: number | null;
}

export function sqliteAccounts(database: SqliteDatabase): AccountStore {
  const putOrganisation = database.prepare<[string, string, string | null]>(
    `INSERT INTO organisations (id, name, credit_code) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, credit_code = excluded.credit_code`,
  );
  const findOrganisation = database.prepare<[string], OrganisationRow>(
    "SELECT * FROM organisations WHERE id = ?",
  );
  const listOrganisations = database.prepare<[], OrganisationRow>("SELECT * FROM organisations ORDER BY id");
  const insertApiKey = database.prepare<[string, string, string, Uint8Array, number, number | null]>(
    "INSERT INTO api_keys VALUES (?, ?, ?, ?, ?, ?)",
  );
  const findApiKey = database.prepare<[string], ApiKeyRow>("SELECT * FROM api_keys WHERE id = ?");
  const listApiKeys = database.prepare<[string], ApiKeyRow>(
    "SELECT * FROM api_keys WHERE organisation_id = ? ORDER BY id",
  );
  const revokeApiKey = database.prepare<[number, string]>(
    "UPDATE api_keys SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL",
  );
  const find = (id: string) => {
    const row = findApiKey.get(id);
    return row && apiKeyOf(row);
  };

  return {
    putOrganisation: async ({ id, name, creditCode }) => {
      transact(database, () => putOrganisation.run(id, name, creditCode ?? null));
    },
    findOrganisation: async (id) => {
      const row = findOrganisation.get(id);
      return row && organisationOf(row);
    },
    listOrganisations: async () => listOrganisations.all().map(organisationOf),
    insertApiKey: async ({ id, organisationId, role, secretHash, createdAtMs, revokedAtMs }) => {
      transact(database, () =>
        insertApiKey.run(id, organisationId, role, secretHash, createdAtMs, revokedAtMs ?? null),
      );
    },
    findApiKey: async (id) => find(id),
    listApiKeys: async (organisationId) => listApiKeys.all(organisationId).map(apiKeyOf),
    revokeApiKey: async (id, atMs) =>
      transact(database, () => {
        revokeApiKey.run(atMs, id);
        return find(id);
      }),
  };
}

const organisationOf = ({ id, name, credit_code }: OrganisationRow): Organisation => ({
  id,
  name,
  ...(credit_code !== null && { creditCode: credit_code }),
});

const apiKeyOf = (row: ApiKeyRow): StoredApiKey => ({
  id: row.id,
  organisationId: row.organisation_id,
  role: row.role as Role,
  secretHash: bytesOf(row.secret_hash),
  createdAtMs: row.created_at_ms,
  ...(row.revoked_at_ms !== null && { revokedAtMs: row.revoked_at_ms }),
});
