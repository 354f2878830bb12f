/** The log's disk is full (`/dev/full`: every write fails): the notary goes on. */
import { expect, it } from "@jest/globals";
import { waitUntilReady } from "../../scripts/quickstart/processes.js";
import { ORGANISATION_IDS, sampleServices } from "../story/sample-service.js";

const prepare = sampleServices();

it("a notary that can write no log line takes deposits, and they become final", async () => {
  const service = await prepare();
  const notary = service.spawnNotary({ logFile: "/dev/full" });
  await Promise.all(ORGANISATION_IDS.map((id) => service.startNode(id)));
  await waitUntilReady(notary, `${service.url}/readyz`);
  await service.register();
  // Each is a line that can't be written.
  for (let i = 0; i < 20; i++) expect((await service.call("GET /nowhere")).status).toBe(404);
  const { json } = await service.deposit({ loan: 1 });
  expect((await service.evidence(json.id)).length).toBeGreaterThan(1000);
});
