/** Who asks for the store's module gets the one beside this file. */
export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context);
  if (!resolved.url.endsWith("/dist/src/adapters/sqlite/store.js")) return resolved;
  return { ...resolved, url: new URL("on-mongodb-store.mjs", import.meta.url).href };
}
