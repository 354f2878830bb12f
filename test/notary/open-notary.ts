/** The notary in one process: what answers requests and the worker, joined by a call. */
import { openApi } from "../../src/notary/open-api.js";
import { openWorker } from "../../src/notary/open-worker.js";
import type { Notary } from "../../src/notary/model/notary.js";
import type { NotarySettings } from "../../src/notary/model/settings.js";
import type { Ports } from "../../src/notary/ports/ports.js";

/** Opens both on a data folder that this process has locked. Throws where keys and trust file do not fit. */
export async function openNotary(ports: Ports, settings: NotarySettings): Promise<Notary> {
  const worker = await openWorker(ports, settings);
  const api = await openApi(ports, { ...settings, logVkey: ports.logSigner.vkey }, worker).catch(
    async (error: unknown) => {
      await worker.close();
      throw error;
    },
  );
  return {
    ...api,
    close: async () => {
      await api.close();
      await worker.close();
    },
  };
}
