import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { mlDsa44KeyFromSeed, verifyMlDsa44 as verifyByCore } from "../../../src/core/ledger/ml-dsa-44.js";
import { keyIdOf, parseVkey } from "../../../src/core/ledger/vkey.js";
import { verifyEd25519 } from "../../../src/platform/keys/ed25519.js";
import { verifyMlDsa44 } from "../../../src/platform/keys/ml-dsa-44.js";
import { createSigningKey, openSigningKey, readSigningKey } from "../../../src/platform/keys/keys.js";
import { temporaryFolders } from "../../temporary-folder.js";

const folder = temporaryFolders();
const NAME = { name: "court.example/w1", type: 0x04 };
const MESSAGE = new TextEncoder().encode("a message\n");

function keyFile(text: string): string {
  const file = join(folder(), "a.key");
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/** The seed 0x07 x 32 under this name has a known public half (accepted by several Go programs). */
const SEED = Buffer.alloc(32, 7);
const KNOWN = `PRIVATE+KEY+evidence.test/log1+85a20e87+${Buffer.from([1, ...SEED]).toString("base64")}`;
const KNOWN_VKEY = "evidence.test/log1+85a20e87+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";

describe("createSigningKey", () => {
  it("writes a file of mode 0600 that reads back to the same key", () => {
    const file = join(folder(), "a.key");
    const created = createSigningKey(file, NAME);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toMatch(
      /^PRIVATE\+KEY\+court\.example\/w1\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+\n$/,
    );
    const read = readSigningKey(file);
    expect(read.vkey).toBe(created.vkey);
    expect(read).toMatchObject(NAME);
    const signature = read.sign(MESSAGE);
    expect(verifyEd25519({ publicKey: created.publicKey, message: MESSAGE, signature })).toBe(true);
  });

  it("never overwrites a file, whatever is in it, and leaves nothing beside it", () => {
    const place = folder();
    const file = join(place, "a.key");
    writeFileSync(file, "");
    expect(() => createSigningKey(file, NAME)).toThrow(
      `the key file ${file} exists: keys are never overwritten`,
    );
    expect(readFileSync(file, "utf8")).toBe("");
    expect(readdirSync(place)).toEqual(["a.key"]);
  });

  it.each(["", "two words", "a+b", "line\nfeed"])("refuses the name %j", (name) => {
    expect(() => createSigningKey(join(folder(), "a.key"), { name, type: 1 })).toThrow("no key can be named");
  });

  it("makes another key each time", () => {
    const place = folder();
    const [a, b] = ["a", "b"].map((file) => createSigningKey(join(place, file), NAME));
    expect(a?.vkey).not.toBe(b?.vkey);
  });
});

describe("ML-DSA-44 keys", () => {
  const type = 0x06;
  const SECRET = Buffer.from([type, ...SEED]).toString("base64");

  it("are files as Ed25519 keys are, and read back to the same key", () => {
    const file = join(folder(), "a.key");
    const created = createSigningKey(file, { ...NAME, type });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const read = readSigningKey(file);
    expect(read).toMatchObject({ ...NAME, type, vkey: created.vkey });
    expect(parseVkey(read.vkey)).toMatchObject({ name: NAME.name, type, publicKey: created.publicKey });
  });

  it("sign what core and this machine verify, no two signatures alike", () => {
    const { publicKey, sign } = createSigningKey(join(folder(), "a.key"), { ...NAME, type });
    const signatures = [sign(MESSAGE), sign(MESSAGE)];
    for (const signature of signatures)
      for (const verify of [verifyByCore, verifyMlDsa44])
        expect(verify({ publicKey, message: MESSAGE, signature })).toBe(true);
    expect(signatures[0]).not.toEqual(signatures[1]);
  });

  it("have the key id of their public half, and no other", () => {
    const { publicKey } = mlDsa44KeyFromSeed(SEED);
    const id = keyIdOf({ name: NAME.name, type, publicKey }).toString(16).padStart(8, "0");
    const text = `PRIVATE+KEY+${NAME.name}+${id}+${SECRET}`;
    expect(readSigningKey(keyFile(text)).publicKey).toEqual(publicKey);
    // The same seed as an Ed25519 key, under the other's id.
    const other = `PRIVATE+KEY+${NAME.name}+${id}+${Buffer.from([0x04, ...SEED]).toString("base64")}`;
    expect(() => readSigningKey(keyFile(other))).toThrow("is damaged");
    expect(() => readSigningKey(keyFile(text.slice(0, -4)))).toThrow("holds no seed");
  });
});

describe("readSigningKey", () => {
  it("reads the text of Go's note package", () => {
    expect(readSigningKey(keyFile(KNOWN)).vkey).toBe(KNOWN_VKEY);
    expect(readSigningKey(keyFile(`${KNOWN}\n`)).keyId).toBe(0x85a20e87);
  });

  it.each([0o640, 0o604, 0o660, 0o644, 0o601])("refuses a file of mode %s, and says what to do", (mode) => {
    const file = keyFile(KNOWN);
    chmodSync(file, mode);
    expect(() => readSigningKey(file)).toThrow(
      `the key file ${file} can be read by others (mode 0${mode.toString(8)}): chmod 600 it`,
    );
  });

  it.each([
    ["an empty file", ""],
    ["a public key", KNOWN_VKEY],
    ["trailing text", `${KNOWN}\n\n`],
    ["a name with white space", KNOWN.replace("evidence.test/log1", "evidence test")],
    ["another key id", KNOWN.replace("85a20e87", "85a20e88")],
    ["another name", KNOWN.replace("log1", "log2")],
    ["a short seed", `PRIVATE+KEY+n+85a20e87+${Buffer.alloc(32).toString("base64")}`],
    ["base64 without its padding bits clear", KNOWN.replace(/.$/, (last) => `${last}=`)],
  ])("refuses %s, naming the file and not its content", (_what, text) => {
    const file = keyFile(text);
    const read = () => readSigningKey(file);
    expect(read).toThrow(file);
    expect(read).not.toThrow(Buffer.from([1, ...SEED]).toString("base64"));
  });
});

describe("openSigningKey", () => {
  it("makes the key at first and reads it later", () => {
    const file = join(folder(), "a.key");
    const first = openSigningKey(file, NAME);
    const second = openSigningKey(file, NAME);
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.key.vkey).toBe(first.key.vkey);
  });

  it("refuses a key of another name or type", () => {
    const file = keyFile(KNOWN);
    expect(() => openSigningKey(file, NAME)).toThrow("holds the key evidence.test/log1 of type 1");
    expect(() => openSigningKey(file, { name: "evidence.test/log1", type: 4 })).toThrow("of type 1, wanted");
  });

  it("makes no new key where the file can't be read", () => {
    const file = keyFile("");
    expect(() => openSigningKey(file, NAME)).toThrow("is not a key file");
  });
});
