/** The picture of an operator's seal, made ready for PDF: colours and transparency apart. */
import { decode } from "fast-png";
import { ParseError } from "../../core/errors.js";

export interface SealPicture {
  /** The side is in pixels; the picture is a square. */
  readonly side: number;
  /** The colours are three bytes a pixel, and alpha is one. */
  readonly colours: Uint8Array;
  readonly alpha: Uint8Array;
}

const SMALLEST = 100;
const LARGEST = 2000;
const WANT = `a square PNG with alpha (RGBA, 8 bits), ${SMALLEST} to ${LARGEST} pixels a side`;

/** Reads the picture of a seal. Throws `ParseError`. */
export function openSealPicture(bytes: Uint8Array): SealPicture {
  // The size first: a small file can claim, and inflate to, any number of pixels.
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33) throw refusal("not a PNG file");
  const [width, height] = [header.getUint32(16), header.getUint32(20)];
  if (width !== height || width < SMALLEST || width > LARGEST) throw refusal(`${width} x ${height} pixels`);
  let picture: ReturnType<typeof decode>;
  try {
    picture = decode(bytes, { checkCrc: true });
  } catch (error) {
    throw refusal((error as Error).message);
  }
  const { data, channels, depth } = picture;
  if (channels !== 4 || depth !== 8) throw refusal(`${channels} channels of ${depth} bits`);
  const pixels = width * height;
  const [colours, alpha] = [new Uint8Array(3 * pixels), new Uint8Array(pixels)];
  for (let i = 0; i < pixels; i++) {
    for (let part = 0; part < 3; part++) colours[3 * i + part] = data[4 * i + part] as number;
    alpha[i] = data[4 * i + 3] as number;
  }
  return { side: width, colours, alpha };
}

const refusal = (got: string) => new ParseError("value-range", "no picture of a seal", { got, want: WANT });
