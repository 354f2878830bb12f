/**
 * Pages from template files: a small part of Mustache (mustache(5)). `{{name}}` is escaped always, there is no way to
 * put raw markup in; `{{#name}}…{{/name}}` repeats for a list and shows once for a true value, `{{^name}}…{{/name}}`
 * shows for an empty, false or absent one. A name that the values lack is a mistake, not an empty string. The libraries
 * for it allow more than a page may (docs/dependencies.md).
 */
export interface Values {
  readonly [name: string]: Value;
}
type Value = string | number | boolean | undefined | Values | readonly Values[];

/** A template is what was read of its text: literal text, names of values, and sections of the same. */
export type Template = readonly Part[];
type Part = string | { readonly name: string } | Section;
interface Section {
  readonly kind: "#" | "^";
  readonly name: string;
  readonly parts: Part[];
}

const TAG = /(?<!\{)\{\{([#^/]?)([A-Za-z]+)\}\}/g;

/** Reads a template. It throws where braces make no tag, and where sections do not open and close in pairs. */
export function parseTemplate(text: string): Template {
  const parts: Part[] = [];
  const open: Section[] = [];
  const add = (part: Part) => (open.at(-1)?.parts ?? parts).push(part);
  const addText = (literal: string) => {
    if (literal.includes("{{")) throw new Error(`internal: no tag of a template: ${literal.trim()}`);
    add(literal);
  };
  let at = 0;
  for (const { 0: tag, 1: kind, 2: name = "", index } of text.matchAll(TAG)) {
    addText(text.slice(at, index));
    at = index + tag.length;
    if (kind === "/") {
      const closed = open.pop();
      if (closed?.name !== name) throw new Error(`internal: a template closes ${name}, which is not open`);
      add(closed);
    } else if (kind === "#" || kind === "^") open.push({ kind, name, parts: [] });
    else add({ name });
  }
  addText(text.slice(at));
  const [unclosed] = open;
  if (unclosed) throw new Error(`internal: a template does not close ${unclosed.name}`);
  return parts;
}

/** Fills a template. It throws where the template has a name that the values lack. */
export function renderTemplate(template: Template, values: Values): string {
  return render(template, [values]);
}

function render(template: Template, scopes: readonly Values[]): string {
  return template
    .map((part) => {
      if (typeof part === "string") return part;
      return "kind" in part ? renderSection(part, scopes) : renderValue(lookUp(part.name, scopes));
    })
    .join("");
}

function renderValue(value: Value): string {
  return value === undefined ? "" : escapeHtml(String(value));
}

function renderSection({ kind, name, parts }: Section, scopes: readonly Values[]): string {
  const value = lookUp(name, scopes);
  const items: readonly Values[] = Array.isArray(value)
    ? (value as readonly Values[])
    : value === undefined || value === false || value === ""
      ? []
      : [typeof value === "object" ? (value as Values) : {}];
  if (kind === "^") return items.length === 0 ? render(parts, scopes) : "";
  return items.map((item) => render(parts, [item, ...scopes])).join("");
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
