/** A node with an ML-DSA-44 key beside its Ed25519 key, in both of its roles, and a log that signs with both. */
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { base64, bytesFromBase64, hex, utf8 } from "../../src/core/bytes.js";
import { sha256 } from "../../src/core/digest/sha256.js";
import { encodeNote, parseNote } from "../../src/core/ledger/note.js";
import { parseVkey, SIGNATURE_TYPE } from "../../src/core/ledger/vkey.js";
import { parseCosignatureLines } from "../../src/core/witness/add-checkpoint.js";
import { openCosignatures } from "../../src/core/witness/cosignature.js";
import { createSigningKey } from "../../src/platform/keys/keys.js";
import { NOW_MS, NOWHERE, type TestWitness, witnesses } from "./running-witness.js";
import { createTestLog } from "./test-log.js";

const nodes = witnesses();
const log = createTestLog({ size: 5 });
const [WITNESS, MIRROR] = ["court.example/w1", "court.example/m1"];
const { cosignature, mlDsa44 } = SIGNATURE_TYPE;
const ORIGIN_HASH = hex(sha256(utf8(log.origin)));
const bothOf = (vkeys: readonly string[]) => ({ logs: [{ origin: log.origin, vkeys, url: NOWHERE }] });

/** The data folder with the ML-DSA-44 keys of both roles, and the configuration that names them. */
function withSecondKeys(dataFolder = nodes.folder()) {
  const file = (name: string) => join(dataFolder, name);
  const witness = createSigningKey(file("w2.key"), { name: WITNESS, type: mlDsa44 });
  const mirror = createSigningKey(file("m2.key"), { name: MIRROR, type: mlDsa44 });
  const config = {
    postQuantumKeyFile: file("w2.key"),
    mirror: { name: MIRROR, postQuantumKeyFile: file("m2.key") },
    ...bothOf([log.vkey, log.secondVkey]),
  };
  return { dataFolder, witness, mirror, config };
}

const started = ({ dataFolder, config }: Pick<ReturnType<typeof withSecondKeys>, "dataFolder" | "config">) =>
  nodes.start({ logs: [{ log }], isMirror: true, dataFolder, config });
const text = (size: number) => log.text(size);
const bothLines = (size: number) => [log.sign(text(size)), log.signSecond(text(size))];
const signedByBoth = (size: number) => log.checkpoint(size, { lines: bothLines(size) });

/** Turns one bit of a line's signature. */
function spoilt(line: string): string {
  const [dash = "", name = "", blob = ""] = line.split(" ");
  const bytes = bytesFromBase64(blob);
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  return [dash, name, base64(bytes)].join(" ");
}

async function expectCosigned(response: Response, size: number, vkeys: readonly (string | undefined)[]) {
  expect(response.status).toBe(200);
  const lines = parseCosignatureLines(utf8(await response.text())).map(({ line }) => line);
  const known = vkeys.map((vkey) => parseVkey(vkey ?? ""));
  const opened = openCosignatures(parseNote(encodeNote(text(size), lines)), known);
  expect(opened.map(({ vkey }) => vkey.text)).toEqual(vkeys);
  expect(opened.map(({ timeSeconds }) => timeSeconds)).toEqual(vkeys.map(() => NOW_MS / 1000));
  return lines;
}
const served = async (witness: TestWitness, prefix = "") =>
  parseNote(await (await witness.get(`${prefix}/${ORIGIN_HASH}/checkpoint`)).text()).signatures.map(
    ({ line }) => line,
  );

describe("a node with both keys", () => {
  it("answers a checkpoint with a cosignature of each, and shows it with the log's lines", async () => {
    const keys = withSecondKeys();
    const witness = await started(keys);
    const answer = await witness.post(log.request({ size: 3, checkpoint: signedByBoth(3) }));
    const lines = await expectCosigned(answer, 3, [witness.vkey, keys.witness.vkey]);
    expect(await served(witness)).toEqual([...bothLines(3), ...lines]);
    expect(await witness.status()).toMatchObject({
      name: WITNESS,
      vkey: witness.vkey,
      postQuantumVkey: keys.witness.vkey,
      mirror: { name: MIRROR, vkey: witness.mirrorVkey, postQuantumVkey: keys.mirror.vkey },
    });
  });

  it("answers the last entries with a cosignature of each of the mirror's keys", async () => {
    const keys = withSecondKeys();
    const witness = await started(keys);
    await witness.post(log.request({ size: 3, checkpoint: signedByBoth(3) }));
    const answer = await witness.send(log.upload({ end: 3 }));
    const lines = await expectCosigned(answer, 3, [witness.mirrorVkey, keys.mirror.vkey]);
    expect(await served(witness, "/mirror")).toEqual([...bothLines(3), ...lines]);
  });

  it("refreshes both", async () => {
    const keys = withSecondKeys();
    const witness = await started(keys);
    for (const old of [0, 3]) {
      const answer = await witness.post(log.request({ old, size: 3, checkpoint: signedByBoth(3) }));
      await expectCosigned(answer, 3, [witness.vkey, keys.witness.vkey]);
    }
    expect(await served(witness)).toHaveLength(4);
  });

  it("goes on with both where it had one before", async () => {
    const dataFolder = nodes.folder();
    const before = await nodes.start({ logs: [{ log }], dataFolder, isMirror: true });
    await expectCosigned(await before.post(log.request({ size: 3 })), 3, [before.vkey]);
    await before.close();

    const keys = withSecondKeys(dataFolder);
    const witness = await started(keys);
    expect(witness.vkey).toBe(before.vkey);
    expect(await served(witness)).toHaveLength(2);
    const answer = await witness.post(log.request({ old: 3, size: 5, checkpoint: signedByBoth(5) }));
    await expectCosigned(answer, 5, [witness.vkey, keys.witness.vkey]);
  });
});

describe("the log's ML-DSA-44 line", () => {
  const refusalOf = async (witness: TestWitness, lines: readonly string[]) => {
    const { status } = await witness.post(log.request({ size: 3, checkpoint: log.checkpoint(3, { lines }) }));
    return status;
  };
  const [first, second] = [log.sign(text(3)), log.signSecond(text(3))];
  const short = `${second.slice(0, -8)}AAAA`;

  it("suffices where its key is trusted", async () => {
    const witness = await started(withSecondKeys());
    expect(await refusalOf(witness, [second])).toBe(200);
  });

  it.each([
    ["a bit of it flipped", [first, spoilt(second)]],
    ["three bytes too short", [first, short]],
    ["that of another size", [first, log.signSecond(text(2))]],
    ["the Ed25519 line broken beside it", [spoilt(first), second]],
  ])("refuses the checkpoint: %s", async (_, lines) => {
    const witness = await started(withSecondKeys());
    expect(await refusalOf(witness, lines)).toBe(403);
    expect((await witness.get(`/${ORIGIN_HASH}/checkpoint`)).status).toBe(404);
  });

  it("is a line like any other to a node that does not know the key, and is not kept", async () => {
    const witness = await nodes.start({ logs: [{ log }] });
    expect(await refusalOf(witness, [second])).toBe(403);
    expect(await refusalOf(witness, [first, spoilt(second)])).toBe(200);
    const [shown, cosigned] = await served(witness);
    expect(shown).toBe(first);
    expect(cosigned).toContain(WITNESS);
  });
});

describe("the key files", () => {
  it("must be there where they are named", async () => {
    const dataFolder = nodes.folder();
    const missing = join(dataFolder, "nowhere.key");
    await expect(
      nodes.start({ logs: [{ log }], dataFolder, config: { postQuantumKeyFile: missing } }),
    ).rejects.toThrow(
      `cunzheng keygen --name ${WITNESS} --kind witness --algorithm ml-dsa-44 --out ${missing}`,
    );
    const mirror = { name: MIRROR, postQuantumKeyFile: missing };
    await expect(nodes.start({ logs: [{ log }], dataFolder, config: { mirror } })).rejects.toThrow(
      "mirror.postQuantumKeyFile",
    );
  });

  it.each([
    ["an Ed25519 key", WITNESS, cosignature],
    ["another's key", "bank.example/w1", mlDsa44],
  ])("may not hold %s", async (_, name, type) => {
    const dataFolder = nodes.folder();
    const postQuantumKeyFile = join(dataFolder, "second.key");
    createSigningKey(postQuantumKeyFile, { name, type });
    await expect(
      nodes.start({ logs: [{ log }], dataFolder, config: { postQuantumKeyFile } }),
    ).rejects.toThrow(`wanted is ${WITNESS} of type 6`);
  });
});
