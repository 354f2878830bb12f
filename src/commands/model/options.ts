/**
 * The kinds of options that a command has. An option is a member of its command's `options`: the member `treeSize` is typed
 * as `--tree-size`, and is the member of that name in what `run` is given.
 */
import { Option } from "commander";
import type { World } from "./world.js";

/** An option gives the command a `Value`, which is undefined where the option may be left out and is. */
export interface OptionKind<Value> {
  /** Makes the option of the parser of command lines. `flag` is such as `--tree-size`. */
  readonly toOption: (flag: string, world: World) => Option;
  /** The command gets this where the option is left out, and the help need not say so. */
  readonly absent?: Value;
  /** This is never there: it tells the compiler of the value. */
  readonly gives?: () => Value;
}

export type Options = Readonly<Record<string, OptionKind<unknown>>>;

type ValueOf<Kind> = Kind extends OptionKind<infer Value> ? Value : never;
type LeftOut<All extends Options> = {
  [Name in keyof All]: undefined extends ValueOf<All[Name]> ? Name : never;
}[keyof All];

/** A command with these options is given this. */
export type Given<All extends Options> = {
  readonly [Name in Exclude<keyof All, LeftOut<All>>]: ValueOf<All[Name]>;
} & { readonly [Name in LeftOut<All>]?: Exclude<ValueOf<All[Name]>, undefined> };

/** Makes a value of what was typed. Throws commander's `InvalidArgumentError` where it is none. */
type Parse<Value> = (text: string) => Value;

/** Declares an option that must be given. `placeholder` is such as `<file>`. */
export function required(placeholder: string, description: string): OptionKind<string>;
export function required<Value>(
  placeholder: string,
  description: string,
  parse: Parse<Value>,
): OptionKind<Value>;
export function required(
  placeholder: string,
  description: string,
  parse: Parse<unknown> = asTyped,
): OptionKind<unknown> {
  return { toOption: (flag) => single(`${flag} ${placeholder}`, description, parse).makeOptionMandatory() };
}

/** Declares an option that may be left out. */
export function optional(placeholder: string, description: string): OptionKind<string | undefined>;
export function optional<Value>(
  placeholder: string,
  description: string,
  parse: Parse<Value>,
): OptionKind<Value | undefined>;
export function optional(
  placeholder: string,
  description: string,
  parse: Parse<unknown> = asTyped,
): OptionKind<unknown> {
  return { toOption: (flag) => single(`${flag} ${placeholder}`, description, parse) };
}

/** Declares an option that may be left out, and then is `absent`, which the help shows, as `shown` where that is given. */
export function withDefault<Value>(
  placeholder: string,
  description: string,
  { absent, shown, parse }: { readonly absent: Value; readonly shown?: string; readonly parse: Parse<Value> },
): OptionKind<Value> {
  return {
    toOption: (flag) => single(`${flag} ${placeholder}`, description, parse).default(absent, shown),
  };
}

/** Declares an option that may be given again and again, or not at all. */
export function repeated(placeholder: string, description: string): OptionKind<readonly string[]>;
export function repeated<Value>(
  placeholder: string,
  description: string,
  parse: Parse<Value>,
): OptionKind<readonly Value[]>;
export function repeated(
  placeholder: string,
  description: string,
  parse: Parse<unknown> = asTyped,
): OptionKind<readonly unknown[]> {
  return { toOption: (flag) => collected(`${flag} ${placeholder}`, description, parse), absent: [] };
}

/** Declares an option that may be given again and again, and must be given once at least. */
export function repeatedOnceAtLeast(placeholder: string, description: string): OptionKind<readonly string[]> {
  return {
    toOption: (flag) => collected(`${flag} ${placeholder}`, description, asTyped).makeOptionMandatory(),
  };
}

/** Declares an option without a value. */
export const flag = (description: string): OptionKind<true | undefined> => ({
  toOption: (name) => new Option(name, description),
});

/** Declares an option that is one of some words; where no default is named it must be given. */
export function oneOf<Word extends string>(
  placeholder: string,
  description: string,
  { words, absent }: { readonly words: readonly Word[]; readonly absent?: Word },
): OptionKind<Word> {
  return {
    toOption: (name) => {
      const option = new Option(`${name} ${placeholder}`, description).choices(words);
      return absent === undefined ? option.makeOptionMandatory() : option.default(absent);
    },
  };
}

const asTyped: Parse<string> = (text) => text;

function single(flags: string, description: string, parse: Parse<unknown>): Option {
  return new Option(flags, description).argParser((text) => parse(text));
}

function collected(flags: string, description: string, parse: Parse<unknown>): Option {
  const add = (text: string, before: readonly unknown[] = []) => [...before, parse(text)];
  return new Option(flags, description).argParser<readonly unknown[]>(add);
}
