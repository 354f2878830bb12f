/**
 * Pages from template files: a small part of Mustache (mustache(5)). `{{name}}` is escaped always, there is no way to
 * put raw markup in; `{{#name}}…{{/name}}` repeats for a list and shows once for a true value, `{{^name}}…{{/name}}`
 * shows for an empty, false or absent one. A name that the values lack is a mistake, not an empty string.
 */
export interface Values {
  readonly [name: string]: Value;
}
type Value = string | number | boolean | undefined | Values | readonly Values[];

export function renderTemplate(template: string, values: Values): string {
  return render(template, [values]);
}

const SECTION = /\{\{([#^])([A-Za-z]+)\}\}([\s\S]*?)\{\{\/\2\}\}/g;
const NAME = /\{\{([A-Za-z]+)\}\}/g;

function render(template: string, scopes: readonly Values[]): string {
  let text = "";
  let at = 0;
  for (const match of template.matchAll(SECTION)) {
    text += fill(template.slice(at, match.index), scopes) + section(match, scopes);
    at = match.index + match[0].length;
  }
  return text + fill(template.slice(at), scopes);
}

function section([, kind, name, inner]: RegExpMatchArray, scopes: readonly Values[]): string {
  const value = lookUp(name as string, scopes);
  const items: readonly Values[] = Array.isArray(value)
    ? (value as readonly Values[])
    : value === undefined || value === false || value === ""
      ? []
      : [typeof value === "object" ? (value as Values) : {}];
  if (kind === "^") return items.length === 0 ? render(inner as string, scopes) : "";
  return items.map((item) => render(inner as string, [item, ...scopes])).join("");
}

function fill(template: string, scopes: readonly Values[]): string {
  return template.replace(NAME, (_, name: string) => {
    const value = lookUp(name, scopes);
    return value === undefined ? "" : escapeHtml(String(value));
  });
}

function lookUp(name: string, scopes: readonly Values[]): Value {
  const scope = scopes.find((candidate) => Object.hasOwn(candidate, name));
  if (scope === undefined) throw new Error(`internal: the template names ${name}, which nobody gave`);
  return scope[name];
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control and bidirectional-override characters are shown by their code point: a page must not be turned around. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ESCAPES[character] as string)
    .replace(
      /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u2b1a]/gu,
      (character) =>
        `⬚U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}⬚`,
    );
}
