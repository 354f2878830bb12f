/** An address to which paths are appended: without the slashes at its end. */
export function baseUrl(text: string): string {
  let end = text.length;
  while (text[end - 1] === "/") end--;
  return text.slice(0, end);
}
