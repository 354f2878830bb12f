/** Organisations and their API keys. */
import { bytes, declare, number, text } from "./declare.js";

export interface OrganisationRow {
  readonly _id: string;
  readonly name: string;
  readonly creditCode?: string;
}
export const organisations = declare({ _id: String, name: text, creditCode: String });

export interface ApiKeyRow {
  readonly _id: string;
  readonly organisationId: string;
  readonly role: string;
  readonly secretHash: Buffer;
  readonly createdAtMs: number;
  readonly revokedAtMs?: number;
}
export const apiKeys = declare(
  {
    _id: String,
    ...{ organisationId: text, role: text, secretHash: bytes, createdAtMs: number, revokedAtMs: Number },
  },
  [[{ organisationId: 1, _id: 1 }]],
);
