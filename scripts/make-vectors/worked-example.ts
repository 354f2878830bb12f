/**
 * The worked example of docs/evidence-format.md: the sample world's evidence taken apart, every hash shown with what
 * goes into it. Written between two marks of the document, so that page and vectors can't drift apart.
 */
import { base64, concatBytes, hex, textFromUtf8, utf8 } from "../../src/core/bytes.js";
import { encodeBatch } from "../../src/core/batch/batch.js";
import { digestContent } from "../../src/core/digest/digests.js";
import { sha256 } from "../../src/core/digest/sha256.js";
import { encodeReceiptText } from "../../src/core/evidence/receipt.js";
import { encodeNote, parseNote } from "../../src/core/ledger/note.js";
import { parseTlogProof } from "../../src/core/ledger/tlog-proof.js";
import { type Hash, hashLeaf, hashNode } from "../../src/core/merkle/hash.js";
import { encodeStatement, hashStatement } from "../../src/core/record/statement.js";
import { parseConsortium } from "../../src/core/trust/consortium.js";
import { cosignatureMessage, openCosignatures } from "../../src/core/witness/cosignature.js";
import { knownAs } from "../../src/core/trust/identity.js";
import { countQuorum } from "../../src/core/trust/quorum.js";
import {
  consortium,
  json,
  log,
  neighbour,
  ORIGIN,
  receiptKey,
  record,
  sampleEvidence,
  signedLine,
  type Signer,
  statement,
} from "./sample-world.js";

export const BEGIN = "<!-- The worked example is written by `npm run vectors`. -->";
export const END = "<!-- End of the worked example. -->";

/** `document` with the example as it is now between its marks. */
export function withWorkedExample(document: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error("the document has no place for the worked example");
  return `${document.slice(0, begin + BEGIN.length)}\n\n${workedExample()}\n${document.slice(end)}`;
}

export function workedExample(): string {
  return [recordStep(), statementStep(), batchStep(), ledgerStep(), signatureSteps(), receiptStep()].join(
    "\n",
  );
}

const block = (...lines: readonly string[]): string => `\`\`\`text\n${lines.join("\n")}\n\`\`\`\n`;
const keyed = (name: string, value: string | number): string => `${name.padEnd(24)} ${value}`;
const hashed = (name: string, hash: Hash): string => keyed(name, hex(hash));

function recordStep(): string {
  const bytes = json(record);
  const { digests, size } = digestContent(bytes);
  return `### 10.1 The record

A bank sends a JSON value, with spaces, another order of members and the number \`120000.50\`. Its JCS is what counts:

${block(textFromUtf8(bytes), "", keyed("size", `${size} bytes`), hashed("SHA-256", digests["sha-256"]), hashed("SM3", digests.sm3))}`;
}

function statementStep(): string {
  const encoded = encodeStatement(statement());
  return `### 10.2 The statement

JCS(statement), ${encoded.length} bytes; the digests stand in it as base64:

${block(
  textFromUtf8(encoded),
  "",
  hashed("SHA-256(0x00 || it)", hashStatement(statement())),
  keyed("the same in base64", base64(hashStatement(statement()))),
)}`;
}

function batchStep(): string {
  const leaves = [statement(), neighbour(1), neighbour(2)].map(hashStatement) as [Hash, Hash, Hash];
  const pair = hashNode(leaves[0], leaves[1]);
  const { batch, inclusion } = sampleEvidence().evidence;
  const entry = encodeBatch(batch);
  return `### 10.3 The batch

Three statements; ours is leaf 0. The last leaf has no sibling and rises unchanged:

${block(
  ...leaves.map((leaf, i) => hashed(`leaf ${i}`, leaf)),
  hashed("node: leaf 0, leaf 1", pair),
  hashed("root: node, leaf 2", hashNode(pair, leaves[2])),
  "",
  ...inclusion.path.map((hash, i) => keyed(`inclusion.path[${i}]`, hash)),
)}
The proof's path is leaf 1, then leaf 2. JCS(batch), ${entry.length} bytes, with that root as base64:

${block(textFromUtf8(entry), "", hashed("SHA-256(0x00 || it)", hashLeaf(entry)))}`;
}

function ledgerStep(): string {
  const { evidence, checkpointText } = sampleEvidence();
  const proof = parseTlogProof(evidence.ledgerProof);
  const contents = [0, 1, 2, 3, 4].map((n) => utf8(`earlier entry ${n}`));
  const leaves = [...contents, encodeBatch(evidence.batch), utf8("later entry 6")].map(hashLeaf);
  const leaf = (i: number) => leaves[i] as Hash;
  const [n01, n23, n45] = [0, 2, 4].map((i) => hashNode(leaf(i), leaf(i + 1))) as [Hash, Hash, Hash];
  const [left, right] = [hashNode(n01, n23), hashNode(n45, leaf(6))];
  return `### 10.4 The ledger

Seven entries; the batch is entry 5. The others here are the ASCII texts \`earlier entry 0\` to \`earlier entry 4\` and
\`later entry 6\`. With \`x-y\` for the node over entries x to y:

${block(
  ...leaves.map((hash, i) => hashed(`entry ${i}`, hash)),
  hashed("0-1: entry 0, entry 1", n01),
  hashed("2-3: entry 2, entry 3", n23),
  hashed("4-5: entry 4, entry 5", n45),
  hashed("0-3: 0-1, 2-3", left),
  hashed("4-6: 4-5, entry 6", right),
  hashed("root: 0-3, 4-6", hashNode(left, right)),
)}
The path of entry 5 is entry 4 on its left, entry 6 on the right of 4-5, and 0-3 on the left of 4-6, in base64 as the
tlog-proof has them. The checkpoint's text, which the log signs, is three lines that each end in a newline:

${block(...proof.path.map((hash, i) => keyed(`path[${i}]`, base64(hash))))}
${block(...checkpointText.trimEnd().split("\n"))}
${block(keyed("its bytes", hex(utf8(checkpointText))), hashed("its SHA-256", sha256(utf8(checkpointText))))}
The last hash is what an RFC 3161 token would stamp.
`;
}

function keyLines({ vkey }: Signer, seed: string): string[] {
  const { name, type, publicKey, keyId, text } = vkey;
  const typed = concatBytes(utf8(`${name}\n`), Uint8Array.of(type), publicKey);
  return [
    keyed("private seed", seed),
    keyed("public key", hex(publicKey)),
    keyed("name 0A type key", hex(typed)),
    hashed("SHA-256 of that", sha256(typed)),
    keyed("key id: its 4 first", keyId.toString(16).padStart(8, "0")),
    keyed("vkey", text),
  ];
}

function signatureSteps(): string {
  const { evidence, checkpointText } = sampleEvidence();
  const { checkpoint } = parseTlogProof(evidence.ledgerProof);
  const note = parseNote(checkpoint);
  const trust = parseConsortium(json(consortium()));
  const cosignatures = openCosignatures(
    note,
    trust.witnesses.flatMap(({ vkeys }) => vkeys),
  );
  const first = cosignatures[0];
  const line = note.signatures[0];
  const blob = note.signatures.find(({ name }) => name === first?.vkey.name);
  if (first === undefined || line === undefined || blob === undefined)
    throw new Error("internal: the sample evidence has no cosignature");
  const message = cosignatureMessage(first.timeSeconds, checkpointText);
  const { cosigners, total } = countQuorum({
    consortium: trust,
    cosignatures,
    treeSize: 7,
    depositor: knownAs(evidence.statement.depositor),
    parties: [],
  });
  return `### 10.5 Who signed

The log's key, its id, and its Ed25519 signature over the text above; the seeds of this example are one byte 32 times:

${block(...keyLines(log, "01 32 times"), "", keyed("signature", hex(line.signature)))}
A cosigner's blob is 8 bytes of time and the signature over \`cosignature/v1\`, the time, and the checkpoint's text. For
${first.vkey.name}, whose seed is \`0b\` 32 times:

${block(
  keyed("vkey", first.vkey.text),
  keyed("time", `${first.timeSeconds} (2026-11-24T08:00:01Z)`),
  keyed("message", hex(message)),
  keyed("key id", first.vkey.keyId.toString(16).padStart(8, "0")),
  keyed("time, signature", hex(blob.signature)),
)}
The note, and so the end of \`ledgerProof\`; before it stand \`c2sp.org/tlog-proof@v1\`, \`index 5\`, the three lines of the
path and an empty line:

${block(...checkpoint.trimEnd().split("\n"))}
### 10.6 Who counts

Under the trust file of \`test/vectors/evidence/happy-path-with-record\`, which wants three organisations, a court and a
bank among them, and leaves the depositor out:

${block(...cosigners.map(({ name, reason }) => `${name.padEnd(30)} ${reason}`), "", `${total.got} of at least ${total.want} organisations: the quorum holds`)}
That folder holds this evidence, the record and the trust file as files.
`;
}

function receiptStep(): string {
  const text = encodeReceiptText({
    origin: ORIGIN,
    id: statement().id,
    leafHash: hashStatement(statement()),
    sealBy: "2026-11-24T08:00:11.250Z",
  });
  const note = encodeNote(text, [signedLine(receiptKey, text)]);
  return `### 10.7 The receipt

What the bank is given at once: the batch will be sealed within eleven seconds. Signed by ${receiptKey.vkey.name} (seed: \`02\` 32 times):

${block(keyed("vkey", receiptKey.vkey.text))}
${block(...note.trimEnd().split("\n"))}`;
}
