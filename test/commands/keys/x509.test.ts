/** `cunzheng keygen, of X.509 certificates`: an authority, signers under it, and a new signer when the old one's time is over. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { encodeDetachedSignature } from "../../../src/pki/signature/detached-signature.js";
import { parseX509Certificate } from "../../../src/pki/x509/x509-certificate.js";
import { parsePemCertificates, readDocumentSigner } from "../../../src/platform/keys/document-signer.js";
import { judge, MESSAGE_DIGEST, question } from "../../pki/signing-chain.js";
import { temporaryFolders } from "../../temporary-folder.js";

const temporaryFolder = temporaryFolders();
const program = join(import.meta.dirname, "../../../dist/src/main.js");

function inFolder(folder: string) {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [program, "keygen", ...args], { encoding: "utf8", cwd: folder });
  const bytesOf = (name: string) =>
    new Uint8Array(parsePemCertificates(readFileSync(join(folder, name), "latin1"), name)[0]?.raw ?? []);
  return { run, bytesOf };
}
const AUTHORITY = ["authority", "--name", "示例根 Example Root", "--out", "root"];
const SIGNER = ["document-signer", "--name", "Example Signer", "--authority", "root", "--out"];

describe("cunzheng keygen, of X.509 certificates", () => {
  it("makes an authority and what it issues; a renewed signer's certificates verify under the same trust file", async () => {
    const folder = temporaryFolder();
    const { run, bytesOf } = inFolder(folder);
    const made = run(...AUTHORITY, "--organisation", "示例存证中心", "--country", "CN");
    const pem = readFileSync(join(folder, "root.pem"), "utf8");
    expect(made.stdout.split("\n")).toEqual([
      ...["root.key", "root.pem", expect.stringMatching(/^valid from .*Z to .*Z$/)],
      'for "certificateAuthorities" or "timestampAuthorities" of consortium.json:',
      ...[JSON.stringify(pem), ""],
    ]);
    expect(run(...SIGNER, "2026", "--algorithm", "ecdsa-p256").status).toBe(0);
    expect(run(...SIGNER, "2027", "--days", "30").status).toBe(0);
    const timestamps = ["timestamp-signer", "--name", "Example TSA", "--authority", "root", "--out", "unit"];
    expect(run(...timestamps).status).toBe(0);
    for (const name of ["2026", "2027"]) {
      const signer = await readDocumentSigner({
        key: join(folder, `${name}.key`),
        chain: join(folder, `${name}.pem`),
      });
      const cms = encodeDetachedSignature({ messageDigest: MESSAGE_DIGEST, ...signer });
      const asked = { ...question(cms, { authorities: [bytesOf("root.pem")] }), claimedAtMs: Date.now() };
      expect(judge(asked)).toMatchObject({ authority: { commonName: "示例根 Example Root" } });
    }
    const { notBeforeMs, notAfterMs, serialNumber } = parseX509Certificate(bytesOf("2027.pem"));
    expect(notAfterMs - notBeforeMs).toBe(30 * 86_400_000 - 1000);
    expect(serialNumber.length).toBe(16);
    expect(parseX509Certificate(bytesOf("2026.pem")).serialNumber).not.toEqual(serialNumber);
    for (const file of readdirSync(folder))
      expect([file, statSync(join(folder, file)).mode & 0o777]).toEqual([
        file,
        file.endsWith(".key") ? 0o600 : 0o644,
      ]);
  });

  it("never overwrites, and leaves nothing half made", () => {
    const folder = temporaryFolder();
    const { run } = inFolder(folder);
    writeFileSync(join(folder, "root.pem"), "");
    expect(run(...AUTHORITY)).toMatchObject({
      status: 70,
      stderr: expect.stringContaining("not overwritten"),
    });
    expect(readdirSync(folder)).toEqual(["root.pem"]);
    writeFileSync(join(folder, "other.key"), "");
    expect(run("authority", "--name", "Example", "--out", "other").stderr).toMatch("never overwritten");
    expect(readdirSync(folder).sort()).toEqual(["other.key", "root.pem"]);
  });

  it("issues by an authority's own key, and for no longer than the authority lasts", () => {
    const folder = temporaryFolder();
    const { run } = inFolder(folder);
    run(...AUTHORITY, "--days", "100");
    run(...SIGNER, "signer");
    const under = (authority: string, ...more: string[]) =>
      run("document-signer", "--name", "Example", "--authority", authority, "--out", "new", ...more).stderr;
    expect(under("signer")).toMatch("signer.pem is no authority's");
    expect(under("root", "--days", "101")).toMatch("choose fewer days");
    expect(under("nobody")).toMatch("ENOENT");
    writeFileSync(join(folder, "mixed.key"), readFileSync(join(folder, "signer.key")), { mode: 0o600 });
    writeFileSync(join(folder, "mixed.pem"), readFileSync(join(folder, "root.pem")));
    expect(under("mixed")).toMatch("mixed.key is not the key of mixed.pem");
  });

  it.each([
    ["no authority", ["document-signer", "--name", "Example", "--out", "a"]],
    ["a country of three letters", [...AUTHORITY, "--country", "CHN"]],
    ["no days", [...AUTHORITY, "--days", "0"]],
    ["an empty name", ["authority", "--name", "", "--out", "a"]],
    ["a name of 65 characters", ["authority", "--name", "示".repeat(65), "--out", "a"]],
    ["an algorithm that there is not", [...AUTHORITY, "--algorithm", "rsa-1024"]],
    ["a kind that there is not", ["web-server", "--name", "Example", "--out", "a"]],
  ])("ends with 64 for %s", (_, args) => {
    const folder = temporaryFolder();
    expect(inFolder(folder).run(...args).status).toBe(64);
    expect(readdirSync(folder)).toEqual([]);
  });
});
