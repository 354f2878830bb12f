/** Resolves no library that templates were ever built with, at whatever version: nothing that draws may ask for one. */
const BUILT_WITH = /^(?:pdfkit|fontkit|fflate|qrcode|fast-png|pako|subset-font)(?:\/|$)/;

export async function resolve(specifier, context, next) {
  if (BUILT_WITH.test(specifier)) throw new Error(`${specifier} is asked for by ${context.parentURL}`);
  return next(specifier, context);
}
