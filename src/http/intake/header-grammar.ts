/**
 * The grammar that header fields share (RFC 9110, section 5.6), read once from left to right. Each expression here stands
 * for one kind of character and begins where the last ended, so that no spelling takes longer to read than it is long.
 */

/** Names in lower case, values with their quotes and escapes taken off. */
export type Parameters = ReadonlyMap<string, string>;

/** A parameterised value is one with its parameters: `attachment; filename=x`, `text/plain;charset=utf-8`. */
export interface Parameterised {
  /** The value is in lower case. */
  readonly value: string;
  readonly parameters: Parameters;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const MEDIA_TYPE = /[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
/** Where a parameter's value has no quotes: a token, or what senders leave unquoted all the same (`boundary=a/b=c`). */
const UNQUOTED = /[^\s",;\\]+/y;
/** White space, as `OWS`. */
const WHITE_SPACE = /[ \t]*/y;
/** Between the quotes, up to the next escape or the end: `qdtext` with the UTF-8 that browsers send. */
const QUOTED = /[\t -!#-[\]-~\u0080-\uffff]*/y;

/** A text and how far it is read. */
class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at === this.text.length;
  }

  /** Takes what `pattern` (sticky) matches here; undefined, and nothing passed, where it does not. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** Tells whether this one character stands here; if so it is passed. */
  skip(character: string): boolean {
    if (this.text.charAt(this.at) !== character) return false;
    this.at++;
    return true;
  }
}

/** Reads `Content-Type` and its like; undefined for what is not spelled so, or says a parameter twice. */
export function parseMediaType(text: string): Parameterised | undefined {
  return parseWhole(text, MEDIA_TYPE);
}

/**
 * Reads `Content-Disposition` (RFC 6266, section 4.1); undefined for what is not spelled so, or says a parameter
 * twice.
 */
export function parseDisposition(text: string): Parameterised | undefined {
  return parseWhole(text, TOKEN);
}

/** Reads a list whose members are such as `text/html;q=0.9` of `Accept`. */
export function parseMediaRanges(text: string): readonly Parameterised[] {
  return parseList(text, MEDIA_TYPE);
}

/**
 * A list (RFC 9110, section 5.6.1) of values with parameters. A member that is not spelled so is left out, and the next
 * begins behind the next comma: real senders write `*; q=.2`.
 */
function parseList(text: string, kind: RegExp): readonly Parameterised[] {
  const scanner = new Scanner(text);
  const members: Parameterised[] = [];
  do {
    const member = readParameterised(scanner, kind);
    if (member !== undefined && (scanner.isAtEnd || text.charAt(scanner.at) === ",")) members.push(member);
    const comma = text.indexOf(",", scanner.at);
    scanner.at = comma < 0 ? text.length : comma;
  } while (scanner.skip(","));
  return members;
}

function parseWhole(text: string, kind: RegExp): Parameterised | undefined {
  const scanner = new Scanner(text);
  const read = readParameterised(scanner, kind);
  return scanner.isAtEnd ? read : undefined;
}

/** `value *( OWS ";" OWS [ parameter ] ) OWS`: by section 5.6.6 a semicolon may have nothing behind it. */
function readParameterised(scanner: Scanner, kind: RegExp): Parameterised | undefined {
  scanner.take(WHITE_SPACE);
  const value = scanner.take(kind)?.toLowerCase();
  if (value === undefined) return undefined;
  const parameters = new Map<string, string>();
  scanner.take(WHITE_SPACE);
  while (scanner.skip(";")) {
    scanner.take(WHITE_SPACE);
    const name = scanner.take(TOKEN)?.toLowerCase();
    if (name !== undefined) {
      const given = scanner.skip("=") ? readValue(scanner) : undefined;
      // Of two values nobody knows which another reader takes.
      if (given === undefined || parameters.has(name)) return undefined;
      parameters.set(name, given);
      scanner.take(WHITE_SPACE);
    }
  }
  return { value, parameters };
}

/** A token or a quoted string; undefined where neither stands here or the quote does not end. */
function readValue(scanner: Scanner): string | undefined {
  if (!scanner.skip('"')) return scanner.take(UNQUOTED);
  const pieces: string[] = [];
  for (;;) {
    pieces.push(scanner.take(QUOTED) ?? "");
    if (scanner.skip('"')) return pieces.join("");
    if (!scanner.skip("\\") || scanner.isAtEnd) return undefined;
    pieces.push(scanner.text.charAt(scanner.at++));
  }
}

/** Spells a value with its parameters as most senders do, quoted where a token does not hold them. */
export function formatParameterised({ value, parameters }: Parameterised): string {
  return [...parameters].reduce((text, [name, given]) => `${text}; ${name}=${quoted(given)}`, value);
}

function quoted(text: string): string {
  TOKEN.lastIndex = 0;
  return TOKEN.exec(text)?.[0] === text ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}
