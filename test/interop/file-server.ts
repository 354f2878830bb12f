/** A folder over HTTP, as any web server would serve a log's tiles; each answer may be altered on its way. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { afterAll } from "@jest/globals";

/** What is served at a path, which begins with a slash; undefined where nothing is. */
export type Serve = (path: string) => Promise<Uint8Array | undefined>;

/** For a test file: servers on free ports of 127.0.0.1, closed after its last test. Resolves with the URL. */
export function fileServers() {
  const closers: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of closers) await close();
  });
  return async (serve: Serve): Promise<string> => {
    const server = createServer((request, response) => {
      void serve(request.url ?? "/")
        .catch(() => undefined)
        .then((bytes) => {
          response.writeHead(bytes === undefined ? 404 : 200, { "Content-Type": "application/octet-stream" });
          response.end(bytes);
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(
      () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    );
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
}

/** The files below a folder. */
export function folderOf(folder: string): Serve {
  return (path) =>
    /^(?:\/[a-z0-9]+(?:\.p)?)+$/.test(path) ? readFile(folder + path) : Promise.resolve(undefined);
}

/** What another server serves, with `change` made to it. */
export function altering(url: string, change: (path: string, bytes: Uint8Array) => Uint8Array): Serve {
  return async (path) => {
    const answer = await fetch(url + path);
    return answer.ok ? change(path, new Uint8Array(await answer.arrayBuffer())) : undefined;
  };
}
