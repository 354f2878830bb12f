/**
 * Who is asking: API keys `cz_<id>_<secret>`. Of the secret (32 random bytes) only the SHA-256 is stored; it is not
 * guessable, so a fast hash protects it as well as a slow one.
 */
import { base64, equalBytes, utf8 } from "../../core/bytes.js";
import { formatTime } from "../../core/record/time.js";
import type { ApiKey, Organisation, Principal, Role } from "../model/model.js";
import type { Ports } from "../ports/ports.js";
import type { StoredApiKey } from "../ports/accounts.js";
import { Refusal } from "../model/refusal.js";

type AccountPorts = Pick<Ports, "store" | "now" | "nextId" | "randomBytes" | "hashOnce">;

export interface Authentication {
  authenticate(token: string): Promise<Principal>;
  createApiKey(request: { organisationId: string; role: Role }): Promise<{ key: ApiKey; token: string }>;
  revokeApiKey(keyId: string): Promise<ApiKey>;
  putOrganisation(organisation: Organisation): Promise<Organisation>;
}

interface Known {
  readonly key: StoredApiKey;
  readonly principal: Principal;
  readonly loadedMs: number;
}

const SECRET_BYTES = 32;
const MAX_CACHED = 10_000;
/** What another process changes is known here after so long. */
const BELIEVED_MS = 1000;

export function createAuthentication(ports: AccountPorts): Authentication {
  const { store, hashOnce } = ports;
  const cache = new Map<string, Known>();
  /** Counts changes, so that what was read before one is not cached after it. */
  let changes = 0;
  const forget = () => {
    changes += 1;
    cache.clear();
  };

  async function load(keyId: string): Promise<Known | undefined> {
    const seen = changes;
    const loadedMs = performance.now();
    const key = await store.findApiKey(keyId);
    const organisation = key && (await store.findOrganisation(key.organisationId));
    if (key === undefined || organisation === undefined) return undefined;
    const principal = { organisation, role: key.role, keyId };
    const known = { key, principal, loadedMs };
    if (cache.size >= MAX_CACHED) cache.clear();
    if (seen === changes) cache.set(keyId, known);
    return known;
  }

  return {
    authenticate: async (token) => {
      const { keyId, secret } = parseToken(token);
      const cached = cache.get(keyId);
      const isFresh = cached !== undefined && performance.now() - cached.loadedMs < BELIEVED_MS;
      const known = isFresh ? cached : await load(keyId);
      // Compared in constant time, and as hashes: what leaks of a hash's prefix is no help with the secret.
      if (known === undefined || !equalBytes(hashOnce(utf8(secret)), known.key.secretHash))
        throw unknownKey();
      if (known.key.revokedAtMs !== undefined)
        throw new Refusal("api-key-revoked", "the API key was revoked", {
          got: formatTime(known.key.revokedAtMs),
        });
      return known.principal;
    },
    createApiKey: async ({ organisationId, role }) => {
      if ((await store.findOrganisation(organisationId)) === undefined)
        throw unknownOrganisation(organisationId);
      const createdAtMs = ports.now();
      const id = ports.nextId(createdAtMs);
      const secret = base64Url(ports.randomBytes(SECRET_BYTES));
      const key = { id, organisationId, role, createdAtMs, secretHash: hashOnce(utf8(secret)) };
      await store.insertApiKey(key);
      return { key: apiKeyOf(key), token: `cz_${id}_${secret}` };
    },
    revokeApiKey: async (keyId) => {
      const key = await store.revokeApiKey(keyId, ports.now());
      forget();
      if (key === undefined)
        throw new Refusal("api-key-not-found", "there is no such API key", { got: keyId });
      return apiKeyOf(key);
    },
    putOrganisation: async (organisation) => {
      await store.putOrganisation(organisation);
      forget();
      return organisation;
    },
  };
}

function parseToken(token: string): { readonly keyId: string; readonly secret: string } {
  const [, keyId, secret] = /^cz_([0-9A-Z]{26})_([A-Za-z0-9_-]{43})$/.exec(token) ?? [];
  if (keyId === undefined || secret === undefined) throw unknownKey();
  return { keyId, secret };
}

/** One answer for no such key and for a wrong secret. */
const unknownKey = () => new Refusal("api-key-unknown", "the API key is not known");

export const unknownOrganisation = (id: string) =>
  new Refusal("organisation-unknown", "there is no such organisation", { got: id });

export const apiKeyOf = ({ id, organisationId, role, createdAtMs, revokedAtMs }: StoredApiKey): ApiKey => ({
  id,
  organisationId,
  role,
  createdAt: formatTime(createdAtMs),
  ...(revokedAtMs !== undefined && { revokedAt: formatTime(revokedAtMs) }),
});

/** RFC 4648 section 5, without padding: a token stands in headers and shells. */
const base64Url = (bytes: Uint8Array): string =>
  base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
