/**
 * HTTP clients that banks use, each in a small program as its documentation has one written (test/interop/clients): they
 * deposit in all three forms, wait for finality, download evidence and certificate, and have them verified.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { PROJECT } from "../../scripts/project.js";
import { call } from "../http/client.js";
import { type Service, startService } from "../http/service.js";
import { askPeer, describeWith, peers } from "./peers.js";

const CLIENTS = join(PROJECT, "test/interop/clients");
/** Above what Node reads at once, and what a connection buffers. */
const CONTENT = Buffer.from(`%PDF-1.7\n${"a loan contract\r\n--not a boundary--\r\n".repeat(20_000)}`);

let service: Service;
const { folder } = peers();
const file = join(folder, "loan contract.pdf");
beforeAll(async () => {
  service = await startService();
  writeFileSync(file, CONTENT);
});
afterAll(() => service.close());

/** A client: the program that runs it, and its source. */
const KINDS: Readonly<Record<string, readonly [program: string, source: string]>> = {
  curl: ["sh", "curl.sh"],
  "Python requests": ["python-clients", "python/with-requests.py"],
  "Python httpx": ["python-clients", "python/with-httpx.py"],
  "Node fetch": ["node-clients", "node/with-fetch.mjs"],
  axios: ["node-clients", "node/with-axios.mjs"],
  "the JDK's HttpClient": ["java-clients", "java/JdkClient.java"],
  "Apache HttpClient 4": ["java-clients", "java/Apache4.java"],
  "Apache HttpClient 5": ["java-clients", "java/Apache5.java"],
  "Spring's RestTemplate": ["java-clients", "java/Spring.java"],
  "Feign with feign-form": ["java-clients", "java/FeignForm.java"],
  "Go's net/http": ["http-client", ""],
};

for (const [name, [program, source]] of Object.entries(KINDS))
  describeWith(program === "sh" ? [] : [program], name, () => {
    it("deposits in three forms, waits, downloads and verifies", async () => {
      const out = join(folder, name.replace(/\W+/g, "-"));
      mkdirSync(out);
      const script = source === "" ? [] : [join(CLIENTS, source)];
      const key = service.keys.bankA;
      const said = await askPeer(program, [...script, service.url, key, file, out], { timeoutMs: 100_000 });
      // A library may say something of its own.
      const lines = said
        .split("\n")
        .map((line) => line.split(" "))
        .filter(([form]) => ["multipart", "json", "digests"].includes(form ?? ""));
      expect(lines.map(([form, , verdict]) => [form, verdict])).toEqual([
        ["multipart", "verified"],
        ["json", "verified"],
        ["digests", "verified"],
      ]);
      const digest = createHash("sha256").update(CONTENT).digest("base64");
      for (const [form = "", id] of lines) {
        const { statement } = (await call(service, `GET /v1/deposits/${id}`, { key })).json;
        if (form !== "json")
          expect([statement.digests["sha-256"], statement.size]).toEqual([digest, CONTENT.length]);
        // Go's library says application/octet-stream of every file.
        expect(statement.mediaType).toMatch(
          form === "json" ? /^application\/json$/ : /^application\/(pdf|octet-stream)/,
        );
        const evidence = JSON.parse(readFileSync(join(out, `${form}.evidence.json`), "utf8")) as {
          statement: { id: string };
        };
        expect(evidence.statement.id).toBe(id);
        expect(
          readFileSync(join(out, `${form}.pdf`))
            .subarray(0, 5)
            .toString(),
        ).toBe("%PDF-");
      }
    });
  });
