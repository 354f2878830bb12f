/**
 * The two kinds of names: ULIDs for what the service makes, slugs for organisations.
 */

/** ULID: 48 bits of time and 80 of randomness in Crockford's base 32; upper case, so that an id has one spelling. */
export function isUlid(text: string): boolean {
  // A first character above 7 would need 129 bits or more.
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);
}

export const SLUG_MAX_LENGTH = 64;

/**
 * Tells whether `text` can be an organisation's id: lower-case letters and digits, with single hyphens between them.
 */
export function isSlug(text: string): boolean {
  return text.length <= SLUG_MAX_LENGTH && /^[a-z0-9](-?[a-z0-9])*$/.test(text);
}
