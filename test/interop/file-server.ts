/** A folder over HTTP, as any web server would serve a log's tiles; each answer may be altered on its way. */
import { readFile } from "node:fs/promises";
import { localServers } from "./local-server.js";

/** What is served at a path, which begins with a slash; undefined where nothing is. */
export type Serve = (path: string) => Promise<Uint8Array | undefined>;

/** For a test file. Resolves with the URL. */
export function fileServers() {
  const servers = localServers();
  return (serve: Serve): Promise<string> =>
    servers((request, response) => {
      void serve(request.url ?? "/")
        .catch(() => undefined)
        .then((bytes) => {
          response.writeHead(bytes === undefined ? 404 : 200, { "Content-Type": "application/octet-stream" });
          response.end(bytes);
        });
    });
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
