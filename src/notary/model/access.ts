/**
 * Who may do what: every check of a role, or of whose a deposit is, is one of these. Operators keep organisations and keys
 * and read nobody's deposits; depositors deposit; depositors and readers read what their own organisation deposited.
 */
import type { Principal } from "./model.js";
import { Refusal } from "./refusal.js";

/** Refuses everybody but operators. */
export function refuseOthers(by: Principal): void {
  if (by.role !== "operator") throw roleInsufficient(by, "only an operator's key does this", "operator");
}

/** Refuses operators, who read nobody's deposits. */
export function refuseOperators(by: Principal): void {
  if (by.role === "operator")
    throw roleInsufficient(by, "an operator's key reads nobody's deposits", "depositor or reader");
}

/** Refuses everybody but depositors; `message` says what only they do. */
export function refuseUnlessDepositor(by: Principal, message: string): void {
  if (by.role !== "depositor") throw roleInsufficient(by, message, "depositor");
}

/** Refuses operators, and everybody of another organisation than the deposit's. */
export function refuseOthersDeposit(
  by: Principal,
  { id, organisationId }: { readonly id: string; readonly organisationId: string },
): void {
  refuseOperators(by);
  if (organisationId !== by.organisation.id)
    throw new Refusal("deposit-of-another-organisation", "the deposit is another organisation's", {
      got: id,
    });
}

/** Refuses everybody of another organisation than the chain's; `field` says where the request names it. */
export function refuseOthersChain(
  organisationId: string,
  chain: { readonly organisationId: string },
  detail: { readonly field?: string; readonly got?: string },
): void {
  if (chain.organisationId !== organisationId)
    throw new Refusal("chain-of-another-organisation", "the chain is another organisation's", detail);
}

const roleInsufficient = ({ role }: Principal, message: string, want: string) =>
  new Refusal("role-insufficient", message, { got: role, want });
