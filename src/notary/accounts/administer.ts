/** What operators do: keep organisations and API keys. Nobody else may; and operators may nothing else. */
import { ParseError } from "../../core/errors.js";
import { isSlug } from "../../core/record/id.js";
import { refuseOthers } from "../model/access.js";
import { apiKeyOf, type Authentication, unknownOrganisation } from "./authenticate.js";
import { type Organisation, ROLES } from "../model/model.js";
import type { Notary } from "../model/notary.js";
import type { AccountStore } from "../ports/accounts.js";
import type { Log } from "../ports/host.js";
import { Refusal } from "../model/refusal.js";
import { refusedWhereFull } from "../depositing/stage-original.js";

type Administration = Pick<
  Notary,
  "putOrganisation" | "organisation" | "organisations" | "createApiKey" | "apiKeys" | "revokeApiKey"
>;

/** Whatever changes who may do what is logged: ids only. `log` is absent where the command line itself is the record. */
export function administration(
  store: AccountStore,
  authentication: Authentication,
  log?: Log,
): Administration {
  return {
    putOrganisation: async (by, organisation) => {
      refuseOthers(by);
      const stored = await storing(authentication.putOrganisation(checked(organisation)));
      log?.info({ organisationId: stored.id, by: by.keyId }, "an organisation was registered or changed");
      return stored;
    },
    organisation: async (by, id) => {
      refuseOthers(by);
      const organisation = await store.findOrganisation(id);
      if (organisation === undefined) throw unknownOrganisation(id);
      return organisation;
    },
    organisations: async (by) => {
      refuseOthers(by);
      return store.listOrganisations();
    },
    createApiKey: async (by, request) => {
      refuseOthers(by);
      if (!ROLES.includes(request.role))
        throw new Refusal("request-invalid", "there is no such role", {
          field: "/role",
          got: request.role,
          want: ROLES.join(", "),
        });
      const made = await storing(authentication.createApiKey(request));
      const { id: keyId, organisationId, role } = made.key;
      log?.info({ keyId, organisationId, role, by: by.keyId }, "an API key was made");
      return made;
    },
    apiKeys: async (by, organisationId) => {
      refuseOthers(by);
      if ((await store.findOrganisation(organisationId)) === undefined)
        throw unknownOrganisation(organisationId);
      return (await store.listApiKeys(organisationId)).map(apiKeyOf);
    },
    revokeApiKey: async (by, keyId) => {
      refuseOthers(by);
      const revoked = await storing(authentication.revokeApiKey(keyId));
      log?.info({ keyId, organisationId: revoked.organisationId, by: by.keyId }, "an API key was revoked");
      return revoked;
    },
  };
}

async function storing<T>(stored: Promise<T>): Promise<T> {
  try {
    return await stored;
  } catch (error) {
    throw refusedWhereFull(error);
  }
}

/** Name and credit code go into every statement as they are here. */
function checked({ id, name, creditCode }: Organisation): Organisation {
  if (!isSlug(id))
    throw new ParseError("id-invalid", "not an organisation's id", {
      field: "/id",
      got: id,
      want: "a-z, 0-9, single hyphens; at most 64",
    });
  refuseOddText(name, "/name");
  if (creditCode !== undefined) refuseOddText(creditCode, "/creditCode");
  return { id, name, ...(creditCode !== undefined && { creditCode }) };
}

function refuseOddText(text: string, field: string): void {
  if (!/^[^\p{Cc}\p{Cs}]{1,256}$/u.test(text))
    throw new Refusal("request-invalid", "a text that no statement should carry", {
      field,
      want: "1 to 256 characters, no control characters",
    });
}
