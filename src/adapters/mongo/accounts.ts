/** Organisations and API keys in MongoDB. */
import type { AccountStore, StoredApiKey } from "../../notary/ports/accounts.js";
import type { Organisation, Role } from "../../notary/model/model.js";
import { blob, bytesOf, present } from "./schema/documents.js";
import type { ApiKeyRow, OrganisationRow } from "./schema/accounts.js";
import type { Collections } from "./schema/collections.js";
import { refuseMissing, storing } from "./server/storing.js";

export function mongoAccounts({ organisations, apiKeys }: Collections): AccountStore {
  const findApiKey = async (id: string): Promise<StoredApiKey | undefined> => {
    const row = await apiKeys.findById(id).lean<ApiKeyRow>();
    return row ? apiKeyOf(row) : undefined;
  };
  return {
    putOrganisation: ({ id, name, creditCode }) =>
      storing(async () => {
        const row = { name, ...present("creditCode", creditCode) };
        await organisations.collection.replaceOne({ _id: id as never }, row, { upsert: true });
      }),
    findOrganisation: async (id) => {
      const row = await organisations.findById(id).lean<OrganisationRow>();
      return row ? organisationOf(row) : undefined;
    },
    listOrganisations: async () =>
      (await organisations.find().sort({ _id: 1 }).lean<OrganisationRow[]>()).map(organisationOf),
    insertApiKey: ({ id, organisationId, role, secretHash, createdAtMs, revokedAtMs }) =>
      storing(async () => {
        refuseMissing("organisation", await organisations.exists({ _id: organisationId }));
        await apiKeys.collection.insertOne({
          ...{ _id: id as never, organisationId, role, secretHash: blob(secretHash), createdAtMs },
          ...present("revokedAtMs", revokedAtMs),
        });
      }),
    findApiKey,
    listApiKeys: async (organisationId) =>
      (await apiKeys.find({ organisationId }).sort({ _id: 1 }).lean<ApiKeyRow[]>()).map(apiKeyOf),
    revokeApiKey: (id, atMs) =>
      storing(async () => {
        await apiKeys.updateOne(
          { _id: id, revokedAtMs: { $exists: false } },
          { $set: { revokedAtMs: atMs } },
        );
        return findApiKey(id);
      }),
  };
}

const organisationOf = ({ _id: id, name, creditCode }: OrganisationRow): Organisation => ({
  ...{ id, name },
  ...present("creditCode", creditCode),
});

const apiKeyOf = (row: ApiKeyRow): StoredApiKey => ({
  id: row._id,
  organisationId: row.organisationId,
  role: row.role as Role,
  secretHash: bytesOf(row.secretHash),
  createdAtMs: row.createdAtMs,
  ...present("revokedAtMs", row.revokedAtMs),
});
