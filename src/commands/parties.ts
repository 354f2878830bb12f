/** What `--party` names: an organisation, a company or a person, whether the trust file knows it or not. */
import { foldText } from "../core/trust/identity.js";
import { UsageError } from "./world/world.js";

/** Throws `UsageError` for a text that names nobody. */
export function checkedParties(parties: readonly string[]): readonly string[] {
  if (parties.some((party) => foldText(party) === "")) throw new UsageError("--party: names nobody");
  return parties;
}
