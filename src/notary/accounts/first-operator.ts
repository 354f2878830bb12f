/** The first operator's key: made by whoever can run commands on the notary's machine while the notary is stopped. */
import { createAuthentication } from "./authenticate.js";
import { administration } from "./administer.js";
import { type ApiKey, LOCAL_OPERATOR, type Organisation } from "../model/model.js";
import type { Ports } from "../ports/ports.js";

/** Registers the operating organisation where it is missing, and makes a key of role `operator` for it. */
export async function createOperatorKey(
  ports: Parameters<typeof createAuthentication>[0] & Pick<Ports, "store">,
  operator: Organisation,
): Promise<{ readonly key: ApiKey; readonly token: string }> {
  const { putOrganisation, createApiKey } = administration(ports.store, createAuthentication(ports));
  if ((await ports.store.findOrganisation(operator.id)) === undefined)
    await putOrganisation(LOCAL_OPERATOR, operator);
  return createApiKey(LOCAL_OPERATOR, { organisationId: operator.id, role: "operator" });
}
