// Node's fetch: arguments and output as of ../curl.sh.
/* global Blob, Buffer, fetch, FormData */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [url, key, file, out] = process.argv.slice(2);
const content = readFileSync(file);
const metadata = { recordType: "interop.fetch", createdAt: new Date().toISOString() };

async function ask(path, sent = {}) {
  const headers = { Authorization: `Bearer ${key}`, Prefer: "wait=30", ...sent.headers };
  const answer = await fetch(url + path, { ...sent, headers });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

async function prove(form, deposited) {
  const { id } = await deposited.json();
  const evidence = await (await ask(`/v1/deposits/${id}/evidence`)).blob();
  const certificate = await (await ask(`/v1/deposits/${id}/certificate`)).arrayBuffer();
  writeFileSync(join(out, `${form}.evidence.json`), Buffer.from(await evidence.arrayBuffer()));
  writeFileSync(join(out, `${form}.pdf`), Buffer.from(certificate));
  const body = new FormData();
  body.append("evidence", evidence, "e.json");
  const { report } = await (await ask("/v1/verify", { method: "POST", body })).json();
  console.log(form, id, report.verdict);
}

const post = (body) =>
  ask("/v1/deposits", {
    method: "POST",
    body: body instanceof FormData ? body : JSON.stringify(body),
    headers: body instanceof FormData ? {} : { "Content-Type": "application/json" },
  });
const parts = new FormData();
parts.append("metadata", JSON.stringify(metadata));
parts.append("file", new Blob([content], { type: "application/pdf" }), "借款合同.pdf");
await prove("multipart", await post(parts));
await prove("json", await post({ metadata, record: { by: "fetch" } }));
const digests = { "sha-256": createHash("sha256").update(content).digest("hex").toUpperCase() };
await prove("digests", await post({ metadata, digests, size: content.length, mediaType: "application/pdf" }));
