/** What docker-compose.yml puts together fits: configurations that the programs read, secrets that they name, addresses and networks. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { type ComposeService, networksOf, readComposeFile } from "../../scripts/compose/compose-file.js";
import { PROJECT } from "../../scripts/project.js";
import { readNotaryConfiguration } from "../../src/configuration/configuration.js";

const file = readComposeFile();
const services = Object.entries(file.services);
const on = (network: string) =>
  services.filter(([, service]) => networksOf(service).has(network)).map(([name]) => name);
const endpoint = (name: string, network: string) => {
  const service = file.services[name];
  return service && networksOf(service).get(network);
};
/** In the container, where its secrets are. */
const secretPaths = ({ secrets = [] }: ComposeService) =>
  secrets.map((secret) => (typeof secret === "string" ? `/run/secrets/${secret}` : secret.target));
const mountedAt = ({ volumes = [] }: ComposeService, path: string) =>
  volumes.map((volume) => volume.split(":")).find(([, target]) => target === path)?.[0];

describe("the notary's configurations", () => {
  const folder = join(PROJECT, "deploy/notary");

  it.each(readdirSync(folder))("%s is read, and what it names is mounted wherever it is", (name) => {
    const configuration = readNotaryConfiguration(join(folder, name));
    const users = services.filter(
      ([, service]) => mountedAt(service, "/etc/cunzheng/notary.json") === `./deploy/notary/${name}`,
    );
    expect(users).not.toEqual([]);
    for (const [user, service] of users) {
      const given = new Set(secretPaths(service));
      const isOneShot = service.healthcheck === undefined;
      const named = [
        configuration.storeFile,
        ...(isOneShot
          ? []
          : [
              ...[configuration.queueFile, configuration.cluster?.keyFile, configuration.keys.receipt],
              ...(configuration.cluster?.listen ? [configuration.keys.log] : []),
              ...Object.values(configuration.certificates.signer ?? {}),
            ]),
      ];
      for (const path of named) expect([user, path, given.has(path as string)]).toEqual([user, path, true]);
    }
  });

  it("of a worker listens at a name that its container has on the cluster's network alone", () => {
    for (const name of ["worker-1", "worker-2"]) {
      const { cluster } = readNotaryConfiguration(join(folder, `${name}.json`));
      expect(endpoint(name, "cluster")?.aliases).toEqual([cluster?.listen?.host]);
      expect(cluster?.listen?.advertised).toBe(`${name}.cluster:7443`);
    }
  });

  it("believes the proxy, and the proxy asks where the processes that answer are", () => {
    const { proxies } = readNotaryConfiguration(join(folder, "api.json"));
    expect(proxies?.networks).toEqual([`${endpoint("proxy", "edge")?.ipv4_address}/32`]);
    const nginx = readFileSync(join(PROJECT, "deploy/nginx/nginx.conf"), "utf8");
    const asked = [...nginx.matchAll(/^\s*server ([\d.]+):8080 /gm)].map(([, address]) => address);
    expect(asked).toEqual(["api-1", "api-2"].map((name) => endpoint(name, "edge")?.ipv4_address));
  });
});

describe("secrets", () => {
  it("are each somebody's, and all there", () => {
    const used = new Set(
      services.flatMap(([, { secrets = [] }]) =>
        secrets.map((secret) => (typeof secret === "string" ? secret : secret.source)),
      ),
    );
    expect([...used].sort()).toEqual(Object.keys(file.secrets).sort());
  });

  it("that sign are with whom they sign for alone", () => {
    const holders = (secret: string) =>
      services
        .filter(([, { secrets = [] }]) =>
          secrets.some((one) => (typeof one === "string" ? one : one.source) === secret),
        )
        .map(([name]) => name);
    expect(holders("log.key")).toEqual(["worker-1", "worker-2"]);
    expect(holders("signer.key")).toEqual(["worker-1", "worker-2"]);
    for (const name of Object.keys(file.secrets))
      if (/^example-.*\.key$/.test(name)) expect(holders(name)).toEqual([name.split(".")[0]]);
    expect(holders("tls.key")).toEqual(["proxy"]);
    expect(holders("mongo-notary-password")).toEqual(["rs-init"]);
  });
});

describe("networks", () => {
  it("of the store hold whoever needs it, and nobody else", () => {
    const isOurs = /^(?:mongo-\d|redis|rs-init|schema|operator-key|api-\d|worker-\d)$/;
    expect(on("data").filter((name) => !isOurs.test(name))).toEqual([]);
    expect(file.networks["data"]).toEqual({ internal: true });
  });

  it("of a node are its own: the workers', and what members have between them", () => {
    const nodes = services.filter(([name]) => name.startsWith("example-"));
    expect(nodes.length).toBe(5);
    for (const [name, service] of nodes) {
      const own = name.replace("example-", "node-");
      expect([...networksOf(service).keys()]).toEqual([own, "consortium"]);
      expect(on(own).sort()).toEqual([name, "worker-1", "worker-2"].sort());
    }
    expect(on("consortium").sort()).toEqual([...nodes.map(([name]) => name), "proxy"].sort());
  });

  it("publish nothing but to this machine, unless one says so", () => {
    for (const port of services.flatMap(([, { ports = [] }]) => ports))
      expect(port).toMatch(/^\$\{\w+_LISTEN:-127\.0\.0\.1:\d+\}:\d+$/);
  });
});

it("a service that goes on is healthy or not; one that ends has no health", () => {
  for (const [name, { restart, healthcheck }] of services)
    expect([name, healthcheck !== undefined]).toEqual([name, restart === "unless-stopped"]);
});

it("nothing runs as root but what gives files away", () => {
  const asRoot = services.filter(([, { user }]) => user.startsWith("0:")).map(([name]) => name);
  expect(asRoot).toEqual(["prepare"]);
});
