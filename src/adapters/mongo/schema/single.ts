/** Documents of which there is one of each name. */
import { declare, number, text } from "./declare.js";

/** Who does what only one process may do at a time; `beat` grows while it does. */
export interface LeaseRow {
  readonly _id: string;
  readonly holder: string;
  readonly beat: number;
  readonly address: string;
}
export const leases = declare({ _id: String, holder: text, beat: number, address: { type: String } });

export interface CounterRow {
  /**
   * `cosign`: a turn is taken with each step of finality, so that two at one time collide. `certificates`: how many were
   * issued. `shown`: the size of the largest checkpoint that was shown before any was final. `schema`: its version.
   */
  readonly _id: "cosign" | "certificates" | "shown" | "schema";
  readonly value: number;
}
export const counters = declare({ _id: String, value: number });

/** Whether the notary goes on with this store (notary/ports/whole/standing.ts): `content` is JSON. None: it does. */
export interface StandingRow {
  readonly _id: "store";
  readonly content: string;
}
export const standing = declare({ _id: String, content: text });
