declare module "subset-font" {
  interface Options {
    readonly targetFormat?: "truetype" | "woff" | "woff2" | "sfnt";
    readonly noHinting?: boolean;
    readonly dropTables?: readonly string[];
  }
  export default function subsetFont(font: Uint8Array, text: string, options?: Options): Promise<Uint8Array>;
}
