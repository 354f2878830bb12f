/**
 * The kinds of options that a command has. An option is a member of its command's `options`: the member `treeSize` is typed
 * as `--tree-size`, and is the member of that name in what `run` is given.
 */
import { Option } from "commander";
import type { World } from "./world.js";

/** An option whose value, as the command gets it, is a `Value`; undefined where it may be left out and is. */
export interface OptionKind<Value> {
  /** As the parser of command lines takes it. `flag` is `--tree-size`. */
  readonly toOption: (flag: string, world: World) => Option;
  /** What the command gets where the option is left out, and the help need not say so. */
  readonly absent?: Value;
  /** Never there: it tells the compiler of the value. */
  readonly gives?: () => Value;
}

export type Options = Readonly<Record<string, OptionKind<unknown>>>;

type ValueOf<Kind> = Kind extends OptionKind<infer Value> ? Value : never;
type LeftOut<All extends Options> = {
  [Name in keyof All]: undefined extends ValueOf<All[Name]> ? Name : never;
}[keyof All];

/** What a command with these options is given. */
export type Given<All extends Options> = {
  readonly [Name in Exclude<keyof All, LeftOut<All>>]: ValueOf<All[Name]>;
} & { readonly [Name in LeftOut<All>]?: Exclude<ValueOf<All[Name]>, undefined> };

/** From what was typed; throws commander's `InvalidArgumentError` where it is none. */
type Parse<Value> = (text: string) => Value;

/** One that must be given. `placeholder` is `<file>`. */
export function required(placeholder: string, description: string): OptionKind<string>;
export function required<Value>(
  placeholder: string,
  description: string,
  parse: Parse<Value>,
): OptionKind<Value>;
export function required(placeholder: string, description: string, parse?: Parse<unknown>) {
  return told((flags) =>
    parsed(new Option(`${flags} ${placeholder}`, description), parse).makeOptionMandatory(),
  );
}

/** One that may be left out. */
export function optional(placeholder: string, description: string): OptionKind<string | undefined>;
export function optional<Value>(
  placeholder: string,
  description: string,
  parse: Parse<Value>,
): OptionKind<Value | undefined>;
export function optional(placeholder: string, description: string, parse?: Parse<unknown>) {
  return told((flags) => parsed(new Option(`${flags} ${placeholder}`, description), parse));
}

/** One that may be left out, and then is `absent`, which the help shows. */
export const withDefault = <Value>(
  placeholder: string,
  description: string,
  { absent, shown, parse }: { readonly absent: Value; readonly shown?: string; readonly parse: Parse<Value> },
): OptionKind<Value> => ({
  toOption: (flag) => parsed(new Option(`${flag} ${placeholder}`, description), parse).default(absent, shown),
});

/** One that may be given again and again, or not at all. */
export function repeated(placeholder: string, description: string): OptionKind<readonly string[]>;
export function repeated<Value>(
  placeholder: string,
  description: string,
  parse: Parse<Value>,
): OptionKind<readonly Value[]>;
export function repeated(
  placeholder: string,
  description: string,
  parse: Parse<unknown> = (text) => text,
): OptionKind<readonly unknown[]> {
  const toOption = (flags: string) => collected(new Option(`${flags} ${placeholder}`, description), parse);
  return { toOption, absent: [] };
}

/** The same, where it must be given once at least. */
export const repeatedOnceAtLeast = (
  placeholder: string,
  description: string,
): OptionKind<readonly string[]> =>
  told((flags) =>
    collected(new Option(`${flags} ${placeholder}`, description), (text) => text).makeOptionMandatory(),
  );

/** One without a value. */
export const flag = (description: string): OptionKind<true | undefined> => ({
  toOption: (name) => new Option(name, description),
});

/** One of some words; where no default is named it must be given. */
export const oneOf = <Word extends string>(
  placeholder: string,
  description: string,
  { words, absent }: { readonly words: readonly Word[]; readonly absent?: Word },
): OptionKind<Word> => ({
  toOption: (name) => {
    const option = new Option(`${name} ${placeholder}`, description).choices(words);
    return absent === undefined ? option.makeOptionMandatory() : option.default(absent);
  },
});

const told = <Value>(toOption: OptionKind<Value>["toOption"]): OptionKind<Value> => ({ toOption });

const parsed = (option: Option, parse: Parse<unknown> | undefined): Option =>
  parse === undefined ? option : option.argParser((text) => parse(text));

const collected = (option: Option, parse: Parse<unknown>): Option =>
  option.argParser<readonly unknown[]>((text, before = []) => [...before, parse(text)]);
