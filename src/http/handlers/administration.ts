/** Organisations and their API keys: for operators; `whoami` for everybody with a key. */
import type { JsonValue } from "../../core/record/json.js";
import { readConsortiumChange } from "../../core/membership/change.js";
import { readObject, readOneOf, readSlug, readString } from "../../core/record/reader.js";
import { ROLES } from "../../notary/model/model.js";
import type { Notary } from "../../notary/model/notary.js";
import { type Handlers, pathParameter, principalOf, queryParameter } from "./handler.js";
import { sendJson } from "../answers/respond.js";
import type { SharesStanding } from "../shares/shares.js";

export interface AdministrationOptions {
  readonly notary: Notary;
  /** Tells what is under way of each class of work. */
  readonly standing: () => SharesStanding;
}

export function administrationHandlers({ notary, standing }: AdministrationOptions): Handlers {
  return {
    whoami(call) {
      const { organisation, role, keyId } = principalOf(call);
      sendJson(call.response, 200, { organisation, role, keyId });
      return Promise.resolve();
    },

    async organisations(call) {
      sendJson(call.response, 200, { organisations: await notary.organisations(principalOf(call)) });
    },

    async organisation(call) {
      sendJson(call.response, 200, await notary.organisation(principalOf(call), pathParameter(call, "id")));
    },

    async putOrganisation(call) {
      const profile = readObject(call.body as JsonValue, "", {
        required: { name: readString },
        optional: { creditCode: readString },
      });
      const organisation = { id: pathParameter(call, "id"), ...profile };
      sendJson(call.response, 200, await notary.putOrganisation(principalOf(call), organisation));
    },

    async apiKeys(call) {
      const organisationId = queryParameter(call, "organisationId") ?? "";
      sendJson(call.response, 200, { apiKeys: await notary.apiKeys(principalOf(call), organisationId) });
    },

    async createApiKey(call) {
      const request = readObject(call.body as JsonValue, "", {
        required: { organisationId: readSlug, role: readOneOf(...ROLES) },
      });
      const { key, token } = await notary.createApiKey(principalOf(call), request);
      sendJson(call.response, 201, { key, token }, { Location: `/v1/api-keys/${key.id}` });
    },

    async appendChange(call) {
      const change = readConsortiumChange(call.body as JsonValue);
      const { replayed, ...place } = await notary.appendChange(principalOf(call), change);
      sendJson(call.response, replayed ? 200 : 201, place);
    },

    async serviceStatus(call) {
      sendJson(call.response, 200, { ...(await notary.status(principalOf(call))), shares: standing() });
    },

    async revokeApiKey(call) {
      sendJson(call.response, 200, await notary.revokeApiKey(principalOf(call), pathParameter(call, "id")));
    },
  };
}
