// axios, with the form-data package as in many a bank's code: arguments and output as of ../curl.sh.
import { createHash } from "node:crypto";
import { createReadStream, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// The packages lie where NODE_PATH says, which only `require` reads.
const require = createRequire(join(process.env.NODE_PATH, "package.json"));
const axios = require("axios");
const FormData = require("form-data");

const [url, key, file, out] = process.argv.slice(2);
const content = readFileSync(file);
const metadata = { recordType: "interop.axios", createdAt: new Date().toISOString() };
const client = axios.create({
  baseURL: url,
  timeout: 60_000,
  headers: { Authorization: `Bearer ${key}`, Prefer: "wait=30" },
});

async function prove(form, { data: { id } }) {
  const download = async (what) =>
    (await client.get(`/v1/deposits/${id}/${what}`, { responseType: "arraybuffer" })).data;
  const evidence = await download("evidence");
  writeFileSync(join(out, `${form}.evidence.json`), evidence);
  writeFileSync(join(out, `${form}.pdf`), await download("certificate"));
  const body = new FormData();
  body.append("evidence", evidence, "e.json");
  const { data } = await client.post("/v1/verify", body);
  console.log(form, id, data.report.verdict);
}

const parts = new FormData();
parts.append("metadata", JSON.stringify(metadata));
parts.append("file", createReadStream(file), { contentType: "application/pdf" });
await prove("multipart", await client.post("/v1/deposits", parts));
await prove("json", await client.post("/v1/deposits", { metadata, record: { by: "axios" } }));
const digests = { "sha-256": createHash("sha256").update(content).digest("base64") };
const envelope = { metadata, digests, size: content.length, mediaType: "application/pdf" };
await prove("digests", await client.post("/v1/deposits", envelope));
