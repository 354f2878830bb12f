/** Between the database's documents and the ports' values. */

/** The same memory, as the driver takes it. */
export const blob = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** As plain bytes: the driver's Buffer is the same memory under another class. */
export const bytesOf = (found: Buffer): Uint8Array =>
  new Uint8Array(found.buffer, found.byteOffset, found.byteLength);

/** `{ name: value }`, or nothing where there is no value. */
export const present = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };
