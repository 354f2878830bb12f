/**
 * Libraries that templates were ever built with, or that files are read with, at no version at all: whoever imports one
 * gets functions that throw when they are called.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const BUILT_WITH = /^(?:pdfkit|fontkit|fflate|qrcode|fast-png|pako|subset-font)(?:\/|$)/;

export async function resolve(specifier, context, next) {
  if (!BUILT_WITH.test(specifier)) return next(specifier, context);
  const importer = readFileSync(fileURLToPath(context.parentURL), "utf8");
  const names = [...importer.matchAll(/import \{([^}]*)\} from "([^"]+)"/g)]
    .filter(([, , from]) => from === specifier)
    .flatMap(([, list]) => list.split(",").map((name) => name.trim().replace(/^type /, "")))
    .filter((name) => name !== "");
  const refused = `function () { throw new Error("${specifier} is not there"); }`;
  const source = [`export default ${refused};`, ...names.map((name) => `export const ${name} = ${refused};`)];
  return { url: `data:text/javascript,${encodeURIComponent(source.join("\n"))}`, shortCircuit: true };
}
