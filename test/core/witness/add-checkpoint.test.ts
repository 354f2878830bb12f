import { describe, expect, it } from "@jest/globals";
import { base64 } from "../../../src/core/bytes.js";
import {
  encodeAddCheckpoint,
  parseAddCheckpoint,
  parseCosignatureLines,
} from "../../../src/core/witness/add-checkpoint.js";
import { expectRefusal, inputBytes, readCases } from "../vector-files.js";

interface Body {
  readonly body?: string;
  readonly hex?: string;
}

describe("requests", () => {
  type Read = Body & { oldSize: number; proof: string[]; checkpoint: string };
  const { accepted, refused } = readCases<Read, Body>("add-checkpoint", "requests");

  it.each(accepted)("accepted: $name", ({ body, hex, oldSize, proof, checkpoint }) => {
    const bytes = inputBytes(body, hex);
    const request = parseAddCheckpoint(bytes);
    expect({ ...request, proof: request.proof.map(base64) }).toEqual({ oldSize, proof, checkpoint });
    expect(encodeAddCheckpoint(request)).toEqual(bytes);
  });

  it.each(refused)("refused: $name", ({ body, hex, code }) => {
    expectRefusal(() => parseAddCheckpoint(inputBytes(body, hex)), code);
  });
});

describe("answers", () => {
  const { accepted, refused } = readCases<Body & { names: string[] }, Body>("add-checkpoint", "answers");

  it.each(accepted)("accepted: $name", ({ body, hex, names }) => {
    expect(parseCosignatureLines(inputBytes(body, hex)).map(({ name }) => name)).toEqual(names);
  });

  it.each(refused)("refused: $name", ({ body, hex, code }) => {
    expectRefusal(() => parseCosignatureLines(inputBytes(body, hex)), code);
  });
});
