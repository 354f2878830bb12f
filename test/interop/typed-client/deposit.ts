/**
 * A bank's client as a stranger makes it from the contract alone: openapi-typescript has made the types, openapi-fetch sends
 * what fits them. It is compiled by the test (test/interop/typed-client.test.ts) against those packages and nothing of ours.
 * What must not compile stands under `@ts-expect-error`: where it does, the contract has become too wide.
 */
import createClient from "openapi-fetch";
import type { components, paths } from "./openapi.js";

const { URL: baseUrl = "", KEY = "" } = process.env;
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${KEY}` } });

interface FileForm {
  readonly metadata: components["schemas"]["Metadata"];
  readonly file: string;
}

async function main(): Promise<void> {
  const record = await client.POST("/v1/deposits", {
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: {
      metadata: { recordType: "loan.disbursement", name: "放款记录", chain: {} },
      record: { loanNumber: "L-2026-000187", amountPaidOut: "200000.00" },
    },
  });
  const id = depositedOf(record);
  const digests = await client.POST("/v1/deposits", {
    body: {
      metadata: { recordType: "loan.contract" },
      digests: { "sha-256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
      size: 0,
      mediaType: "application/pdf",
    },
  });
  depositedOf(digests);
  const file = await client.POST("/v1/deposits", {
    body: { metadata: { recordType: "loan.contract" }, file: "%PDF-1.7" },
    bodySerializer: (body) => {
      const { metadata, file: content } = body as FileForm;
      const form = new FormData();
      form.append("metadata", new Blob([JSON.stringify(metadata)], { type: "application/json" }));
      form.append("file", new Blob([content], { type: "application/pdf" }), "contract.pdf");
      return form;
    },
    headers: { "Content-Type": null },
  });
  depositedOf(file);

  const evidence = await client.GET("/v1/deposits/{id}/evidence", {
    params: { path: { id }, header: { Prefer: "wait=20" } },
    headers: { Accept: "application/vnd.cunzheng.evidence+json" },
  });
  if (evidence.data === undefined) throw new Error(JSON.stringify(evidence.error));
  const state = await client.GET("/v1/deposits/{id}", { params: { path: { id } } });
  const chain = await client.GET("/v1/chains/{id}", {
    params: { path: { id: evidence.data.statement.chain?.id ?? "" }, query: { after: 0, limit: 10 } },
  });
  const unknown = await client.GET("/v1/deposits/{id}", {
    params: { path: { id: "01KAT4M0Z6R2A8Q0F3X5B7C9DE" } },
  });
  console.log(
    JSON.stringify({
      id,
      state: state.data?.state satisfies "received" | "sealed" | "final" | undefined,
      cosigners: state.data?.cosigners.filter(({ counted }) => counted).length,
      sealedAt: evidence.data.batch.sealedAt,
      chained: chain.data?.deposits.map(({ sequence }) => sequence),
      refused: unknown.error?.code satisfies components["schemas"]["Problem"]["code"] | undefined,
    }),
  );
}

function depositedOf({
  data,
  error,
}: {
  data?: components["schemas"]["Deposited"];
  error?: unknown;
}): string {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data.id;
}

/** Never called: what a compiler must refuse. */
export function refusedByTypes(): void {
  const metadata = { recordType: "loan.contract" };
  // @ts-expect-error: neither a record nor its digests
  void client.POST("/v1/deposits", { body: { metadata } });
  // @ts-expect-error: digests without a size and a media type
  void client.POST("/v1/deposits", { body: { metadata, digests: { "sha-256": "" } } });
  // @ts-expect-error: no such role
  void client.POST("/v1/api-keys", { body: { organisationId: "example-bank-a", role: "owner" } });
  // @ts-expect-error: no such path
  void client.GET("/v1/deposit/{id}", { params: { path: { id: "" } } });
}

await main();
