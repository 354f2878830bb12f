/** Who is counted: an API key and its organisation where a request carries one, else the address that it came from. */
import type { Principal } from "../../notary/model/model.js";

export interface Caller {
  /** This is the address of the network that the request came from, in one spelling. */
  readonly address: string;
  /** The principal is absent where nobody logged in. */
  readonly principal?: Principal;
}

/** The scope says whose share it is. */
export type Scope = "key" | "organisation" | "address";

export interface Partition {
  readonly scope: Scope;
  readonly id: string;
}

/**
 * A caller with a key is counted by the key and by its organisation, and not by the address: several banks may come
 * through one gateway, and whoever has no key shall take nothing from them there. All others are counted by address.
 */
export function partitionsOf({ address, principal }: Caller): readonly Partition[] {
  if (principal === undefined) return [{ scope: "address", id: `address ${address}` }];
  const { keyId, organisation } = principal;
  return [
    { scope: "key", id: `key ${keyId}` },
    { scope: "organisation", id: `organisation ${organisation.id}` },
  ];
}

/** These say how many one may have; what is absent is not limited. */
export interface PerCaller {
  readonly perKey?: number;
  readonly perOrganisation?: number;
  readonly perAddress?: number;
}

export function limitFor(scope: Scope, { perKey, perOrganisation, perAddress }: PerCaller): number {
  const limit = { key: perKey, organisation: perOrganisation, address: perAddress }[scope];
  return limit ?? Infinity;
}
