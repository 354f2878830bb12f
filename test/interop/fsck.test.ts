/**
 * Tessera's fsck reads our ledger whole, over HTTP, as the notary serves it, as a witness node serves its copy, and as an
 * archive does: at sizes around a full tile and beyond a full tile of tiles. And it notices what is altered on the way, so that it
 * passing means something.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startProcess, waitUntilReady } from "../../scripts/quickstart/processes.js";
import { freePort } from "../../scripts/quickstart/sample-consortium.js";
import { eventually } from "../story/eventually.js";
import {
  type NodeId,
  ORGANISATION_IDS,
  sampleServices,
  type SampleService,
} from "../story/sample-service.js";
import { altering, fileServers } from "./file-server.js";
import { fsck } from "./fsck.js";
import { growLedger } from "./grown-ledger.js";
import { describeWith, peers } from "./peers.js";

const SIZES = [256, 300, 70_000];
const COPIER: NodeId = "example-court-east";

describeWith(["fsck"], "fsck reads our ledger", () => {
  const { folder } = peers();
  const services = sampleServices();
  const serve = fileServers();
  let service: SampleService;

  const read = (url: string, timeoutMs?: number) => {
    const vkey = service.consortium.log.vkeys[0]?.text ?? "";
    return fsck({ url, vkey, folder, ...(timeoutMs !== undefined && { timeoutMs }) });
  };
  const shownSize = async () =>
    Number((await (await fetch(`${service.url}/ledger/checkpoint`)).text()).split("\n")[1]);
  const nodeUrl = async () => {
    const { url } = service.consortium.witnesses.find(({ organisation }) => organisation === COPIER) ?? {};
    return `${url}/${(await service.nodeStatus(COPIER)).originHash}`;
  };

  beforeAll(async () => {
    service = await services();
    // All of them: the notary shows nothing of what it has signed before enough have shown what they have cosigned.
    await Promise.all(ORGANISATION_IDS.map((id) => service.startNode(id)));
  }, 60_000);

  describe.each(SIZES)("of %i entries", (treeSize) => {
    beforeAll(async () => {
      await growLedger(join(service.data, "notary"), treeSize);
      await service.startNotary();
      const isServed = async () =>
        (await shownSize()) === treeSize && (await service.nodeStatus(COPIER)).copiedSize === treeSize;
      const what = `${treeSize} entries are shown, cosigned and copied`;
      await eventually(what, async () => ((await isServed()) ? true : undefined), 90_000);
    }, 120_000);
    afterAll(() => service.notary.stop(), 30_000);

    it("as the notary serves it", async () => {
      expect(await read(`${service.url}/ledger`)).toMatchObject({ isSound: true });
    });

    it("as a witness node serves its copy", async () => {
      expect(await read(await nodeUrl())).toMatchObject({ isSound: true });
    });

    it("as an archive serves a mirror's copy", async () => {
      await eventually("the mirror has cosigned it", async () =>
        (await service.nodeStatus(COPIER)).mirroredSize === treeSize ? true : undefined,
      );
      const listen = `127.0.0.1:${await freePort()}`;
      const { witnessConfigs, consortiumFile } = service.sample;
      const config = witnessConfigs.find(({ organisation }) => organisation === COPIER)?.config ?? "";
      const args = ["--config", config, "--consortium", consortiumFile, "--listen", listen];
      const archive = startProcess(
        "archive",
        ["witness", "serve-archive", ...args],
        join(folder, "archive.log"),
      );
      try {
        await waitUntilReady(archive, `http://${listen}/readyz`);
        expect(await read(`http://${listen}/ledger`)).toMatchObject({ isSound: true });
      } finally {
        await archive.stop();
      }
    }, 90_000);

    if (treeSize === 300) {
      it.each([
        ["an entry", /^\/tile\/entries\/000$/, 5],
        ["an entry of the partial bundle", /^\/tile\/entries\/001\.p\/44$/, 5],
        ["a leaf hash", /^\/tile\/0\/000$/, 0],
        ["a hash of the level above", /^\/tile\/1\/000\.p\/1$/, 31],
        ["the checkpoint", /^\/checkpoint$/, 40],
      ] as const)("and refuses it with another byte in %s", async (_, altered, at) => {
        let alterations = 0;
        const flip = (path: string, bytes: Uint8Array) => {
          if (!altered.test(path)) return bytes;
          alterations++;
          return bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
        };
        const answer = await read(await serve(altering(`${service.url}/ledger`, flip)), 5000);
        expect(alterations).toBeGreaterThan(0);
        expect(answer).toMatchObject({ isSound: false });
      });
    }
  });
});
