/**
 * `archive` of witness.json, which `witness serve-archive` reads and the node does not. docs/member.md lists the members.
 */
import type { JsonValue } from "../core/record/json.js";
import { archiveLimits } from "./limits.js";
import { proxies } from "./proxies.js";
import { optionalMembers, type Place, readersOf, type SettingsOf, settingsOf } from "./section.js";

const SECTIONS = { limits: archiveLimits, proxies };

export type ArchiveSettings = SettingsOf<typeof SECTIONS>;

const readSections = optionalMembers(readersOf(SECTIONS));

/** Reads `value`, which stands at `field` of witness.json. Throws `ParseError`, which names the member. */
export function readArchiveSettings(value: JsonValue, field: string, place: Place): ArchiveSettings {
  return settingsOf(SECTIONS, readSections(value, field), place);
}
