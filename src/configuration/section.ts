/** What a section of the configuration file is: a member of its own, with what holds where it says nothing. */
import { dirname, resolve } from "node:path";
import type { JsonValue } from "../core/record/json.js";
import { type Reader, readObject, type ReadObject } from "../core/record/reader.js";
import { realFolder } from "../platform/files/owner-alone.js";

/** Paths in the file are relative to this place. */
export interface Place {
  /** Makes a path absolute that stands in the file. */
  readonly path: (name: string) => string;
  /** This is the absolute path of the data folder, links in it followed. */
  readonly dataFolder: string;
}

/** Gives the place of `file`, in which `dataFolder` stands so. Throws where a link in it can't be followed. */
export function placeOf(file: string, dataFolder: string): Place {
  const here = dirname(resolve(file));
  const path = (name: string) => resolve(here, name);
  return { path, dataFolder: realFolder(path(dataFolder)) };
}

/** A section is one member of a configuration file: how it is read, and what holds where it says nothing. */
export interface Section<Given, Settings> {
  /** Reads the member strictly. Throws `ParseError`, naming what is wrong within it. */
  readonly read: Reader<Given>;
  /**
   * Gives what holds, with defaults for all that is absent and with absolute paths. `given` is undefined where the file lacks
   * the section.
   */
  readonly settingsOf: (given: Given | undefined, place: Place) => Settings;
}

/** Makes a section of its two functions. */
export const section = <Given, Settings>(
  read: Reader<Given>,
  settingsOf: Section<Given, Settings>["settingsOf"],
): Section<Given, Settings> => ({ read, settingsOf });

/** Makes a section that is one value, and `absent` where the file lacks it. */
export const plain = <Value>(read: Reader<Value>, absent: Value): Section<Value, Value> =>
  section(read, (given = absent) => given);

/** Reads an object of which every member may be absent. */
export function optionalMembers<Members extends Readonly<Record<string, Reader<unknown>>>>(
  members: Members,
): Reader<ReadObject<Record<never, never>, Members>> {
  return (value: JsonValue, field: string) => readObject(value, field, { required: {}, optional: members });
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any section: its types are inferred from the use
type Sections = Readonly<Record<string, Section<any, any>>>;

/** A file with these sections gives this; those that come to nothing where they are absent are undefined. */
export type SettingsOf<All extends Sections> = {
  readonly [Name in keyof All]: ReturnType<All[Name]["settingsOf"]>;
};

type ReadersOf<All extends Sections> = { readonly [Name in keyof All]: All[Name]["read"] };

/** Gives the readers of these sections, which `readObject` takes as its optional members. */
export function readersOf<All extends Sections>(sections: All): ReadersOf<All> {
  return Object.fromEntries(
    Object.entries(sections).map(([name, { read }]) => [name, read]),
  ) as ReadersOf<All>;
}

/** Completes what was read of each section. Throws `ParseError` where members of one contradict each other. */
export function settingsOf<All extends Sections>(
  sections: All,
  given: ReadObject<Record<never, never>, ReadersOf<All>>,
  place: Place,
): SettingsOf<All> {
  const all = Object.entries(sections).map(([name, told]): [string, unknown] => [
    name,
    told.settingsOf(given[name], place),
  ]);
  return Object.fromEntries(all.filter(([, settings]) => settings !== undefined)) as SettingsOf<All>;
}
