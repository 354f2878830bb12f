/**
 * `Content-Disposition: attachment` with a name that a depositor chose (RFC 6266): a plain ASCII name for everybody,
 * and the exact one in RFC 8187's coding, in which no character can end the header or the quotes.
 */
export function attachment(name: string): string {
  const safe = name.replace(/[/\\]/g, "_").replace(/^\.+/, "_");
  const ascii = safe.replace(/[^A-Za-z0-9 ._()-]/g, "_");
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeRfc8187(safe)}`;
}

/** encodeURIComponent leaves `'()*` as they are, which RFC 8187's attr-char does not allow. */
function encodeRfc8187(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
