/** This machine's own functions for what core verifies, all of them. */
import type { Verifiers } from "../../core/ledger/verifiers.js";
import { verifyEd25519 } from "./ed25519.js";
import { verifyMlDsa44 } from "./ml-dsa-44.js";

export const VERIFIERS: Required<Verifiers> = { verifyEd25519, verifyMlDsa44 };
