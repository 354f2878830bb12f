/**
 * The notary's configuration file, read once by main.ts. Strict, like every other document: an unknown member is a
 * typing mistake, not a wish. docs/operation.md lists the members.
 */
import { dirname, join, resolve } from "node:path";
import { readFileSync } from "node:fs";
import { baseUrl } from "../platform/server/base-url.js";
import { type IssuerStatement, readIssuerStatement } from "../certificate/content/certificate-record.js";
import { ParseError } from "../core/errors.js";
import { type JsonValue, parseJson } from "../core/record/json.js";
import { readArray, readInteger, readObject, readSlug, readString } from "../core/record/reader.js";
import { type ConfiguredLimits, readLimits, readProxies } from "./limits.js";
import type { Proxies } from "../platform/server/client-address.js";
import type { DocumentSignerFiles } from "../platform/keys/document-signer.js";
import { realFolder } from "../platform/files/owner-alone.js";

export interface NotaryConfiguration {
  /** Absolute path, links in it followed; holds the store, the keys (unless named elsewhere) and the kept originals. */
  readonly dataFolder: string;
  /** Absolute path of the trust file under which this notary works. */
  readonly consortium: string;
  readonly keys: {
    readonly log: string;
    /** The log's second key (ML-DSA-44): absent where it signs with Ed25519 only. */
    readonly logPostQuantum?: string;
    readonly receipt: string;
  };
  readonly listen: { readonly host: string; readonly port: number };
  readonly clock: {
    /** Time servers (SNTP) that this machine's clock is measured against; none: batches say that nobody measured it. */
    readonly ntp: readonly { readonly host: string; readonly port: number }[];
    /** Further from true time, by time servers or nodes, no times are signed. */
    readonly toleranceMs: number;
  };
  /** Where Prometheus reads (`/metrics`): a listener of its own, never the public one; absent where nobody does. */
  readonly metrics?: { readonly host: string; readonly port: number };
  /** What certificates and QR codes name; without a slash at its end. */
  readonly publicUrl: string;
  readonly sealing: {
    /** A batch is sealed at the latest this long after its first deposit. */
    readonly afterMs: number;
    /** What a receipt promises beyond `afterMs` before the notary is in default. */
    readonly promiseMs: number;
    readonly maxBatchSize: number;
  };
  readonly certificates: {
    /** Absolute path of the folder with templates (`certificate/<name>/`); absent: the program's own. */
    readonly templates?: string;
    /** The one for new certificates, by the name of its folder. */
    readonly template: string;
    /** What the issuer says of itself in every certificate. */
    readonly issuer?: IssuerStatement;
    /** Absent: none can be signed, and none is issued. */
    readonly signer?: DocumentSignerFiles;
  };
  readonly witnessTimeoutMs: number;
  /** Time-stamping authorities (RFC 3161), one or two; none: evidence carries no tokens. */
  readonly timestamps: {
    readonly authorities: readonly {
      readonly name: string;
      readonly url: string;
      readonly policy?: string;
      /** Absolute path of a file with the value of the header `Authorization`. */
      readonly authorizationFile?: string;
    }[];
    readonly timeoutMs: number;
    readonly toleranceMs: number;
    /** So long after finality a certificate waits for its evidence's tokens before it is issued without. */
    readonly certificateWaitMs: number;
  };
  /** Deposits are refused below this much free disk, so that what was accepted can still be sealed. */
  readonly minFreeBytes: number;
  /** What one request, one caller and all together may have. */
  readonly limits: ConfiguredLimits;
  /** Whose word on a client's address is taken; absent: nobody's, the connection's own is what counts. */
  readonly proxies?: Proxies;
  readonly logLevel: string;
}

/** Paths in it are relative to its folder. Throws `ParseError`, naming the member, or that the file can't be read. */
export function readNotaryConfiguration(file: string): NotaryConfiguration {
  const path = (folder: string, name: string) => resolve(folder, name);
  const here = dirname(resolve(file));
  const positive = readInteger({ min: 1 });
  const count = readInteger({ min: 0 });
  const config = readObject(parseJson(readFileSync(file), { numbers: "canonical" }), "", {
    required: { dataFolder: readString, consortium: readString, publicUrl: readString },
    optional: {
      listen: (value: JsonValue, at: string) =>
        readObject(value, at, {
          required: {},
          optional: { host: readString, port: readInteger({ min: 0, max: 65_535 }) },
        }),
      clock: (value: JsonValue, at: string) =>
        readObject(value, at, {
          required: {},
          optional: { ntp: readArray(readTimeServer), toleranceMs: readInteger({ min: 1000 }) },
        }),
      metrics: (value: JsonValue, at: string) =>
        readObject(value, at, {
          required: { port: readInteger({ min: 0, max: 65_535 }) },
          optional: { host: readString },
        }),
      keys: (value: JsonValue, at: string) =>
        readObject(value, at, {
          required: {},
          optional: { log: readString, logPostQuantum: readString, receipt: readString },
        }),
      sealing: (value: JsonValue, at: string) =>
        readObject(value, at, {
          required: {},
          optional: { afterMs: count, promiseMs: count, maxBatchSize: positive },
        }),
      certificates: (value: JsonValue, at: string) =>
        readObject(value, at, {
          required: {},
          optional: {
            templates: readString,
            template: readString,
            key: readString,
            chain: readString,
            pkcs12: readString,
            passphraseFile: readString,
            issuer: readIssuerStatement,
          },
        }),
      witnessTimeoutMs: positive,
      timestamps: (value: JsonValue, at: string) =>
        readObject(value, at, {
          required: { authorities: readAuthorities },
          optional: {
            timeoutMs: positive,
            toleranceMs: count,
            certificateWaitMs: readInteger({ min: 0, max: MAX_CERTIFICATE_WAIT_MS }),
          },
        }),
      minFreeBytes: count,
      limits: readLimits,
      proxies: readProxies,
      logLevel: readString,
    },
  });
  const dataFolder = realFolder(path(here, config.dataFolder));
  return {
    dataFolder,
    consortium: path(here, config.consortium),
    keys: {
      log: path(here, config.keys?.log ?? join(dataFolder, "log.key")),
      ...(config.keys?.logPostQuantum !== undefined && {
        logPostQuantum: path(here, config.keys.logPostQuantum),
      }),
      receipt: path(here, config.keys?.receipt ?? join(dataFolder, "receipt.key")),
    },
    listen: { host: config.listen?.host ?? "127.0.0.1", port: config.listen?.port ?? 8080 },
    clock: { ntp: config.clock?.ntp ?? [], toleranceMs: config.clock?.toleranceMs ?? 5000 },
    ...(config.metrics && {
      metrics: { host: config.metrics.host ?? "127.0.0.1", port: config.metrics.port },
    }),
    publicUrl: baseUrl(config.publicUrl),
    sealing: {
      afterMs: config.sealing?.afterMs ?? 1000,
      promiseMs: config.sealing?.promiseMs ?? 10_000,
      maxBatchSize: config.sealing?.maxBatchSize ?? 8192,
    },
    certificates: certificatesOf(config.certificates ?? {}, (name) => path(here, name)),
    witnessTimeoutMs: config.witnessTimeoutMs ?? 5000,
    timestamps: {
      authorities: (config.timestamps?.authorities ?? []).map(({ authorizationFile, ...authority }) => ({
        ...authority,
        ...(authorizationFile !== undefined && { authorizationFile: path(here, authorizationFile) }),
      })),
      timeoutMs: config.timestamps?.timeoutMs ?? 5000,
      toleranceMs: config.timestamps?.toleranceMs ?? 60_000,
      certificateWaitMs: config.timestamps?.certificateWaitMs ?? 5000,
    },
    minFreeBytes: config.minFreeBytes ?? 64 * 1024 * 1024,
    limits: config.limits ?? {},
    ...(config.proxies && { proxies: config.proxies }),
    logLevel: config.logLevel ?? "info",
  };
}

type CertificateMembers = Partial<
  Record<"templates" | "template" | "key" | "chain" | "pkcs12" | "passphraseFile", string>
> & { readonly issuer?: IssuerStatement };

/** A key with its chain, or both in one PKCS#12 file, or neither. */
function certificatesOf(
  { templates, template = "v1", key, chain, pkcs12, passphraseFile, issuer }: CertificateMembers,
  path: (name: string) => string,
): NotaryConfiguration["certificates"] {
  const isPem = key !== undefined && chain !== undefined && pkcs12 === undefined;
  const isPkcs12 =
    pkcs12 !== undefined && passphraseFile !== undefined && key === undefined && chain === undefined;
  const isNone = [key, chain, pkcs12, passphraseFile].every((member) => member === undefined);
  if (!isPem && !isPkcs12 && !isNone)
    throw new ParseError("value-range", "one way to sign at a time", {
      field: "/certificates",
      want: "key and chain, perhaps with passphraseFile; or pkcs12 with passphraseFile",
    });
  const passphrase = passphraseFile === undefined ? {} : { passphraseFile: path(passphraseFile) };
  return {
    ...(templates !== undefined && { templates: path(templates) }),
    template,
    ...(issuer && { issuer }),
    ...(isPem && { signer: { key: path(key), chain: path(chain), ...passphrase } }),
    ...(isPkcs12 && {
      signer: { pkcs12: path(pkcs12), passphraseFile: path(passphraseFile as string) },
    }),
  };
}

const MAX_AUTHORITIES = 8;
/** Whoever asks for a certificate keeps a connection open meanwhile. */
const MAX_CERTIFICATE_WAIT_MS = 60_000;

function readAuthorities(value: JsonValue, field: string) {
  const authorities = readArray((item: JsonValue, at: string) =>
    readObject(item, at, {
      required: { name: readSlug, url: readHttpUrl },
      optional: { policy: readObjectIdentifier, authorizationFile: readString },
    }),
  )(value, field);
  // Tokens are stored under the name: two of one name would be one authority.
  const names = new Set(authorities.map(({ name }) => name));
  if (names.size < authorities.length || names.size > MAX_AUTHORITIES)
    throw new ParseError("value-range", "time-stamping authorities", {
      field,
      got: [...authorities.map(({ name }) => name)].join(", "),
      want: `at most ${MAX_AUTHORITIES}, each with a name of its own`,
    });
  return authorities;
}

const NTP_PORT = 123;

/** `host` or `host:port`; an IPv6 address in brackets. */
function readTimeServer(value: JsonValue, field: string): { readonly host: string; readonly port: number } {
  const text = readString(value, field);
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? NTP_PORT : Number(digits);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new ParseError("value-range", "no time server", { field, got: text, want: "host or host:port" });
}

function readHttpUrl(value: JsonValue, field: string): string {
  const url = readString(value, field);
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new ParseError("value-range", "no address", { field, got: url, want: "an http or https URL" });
}

function readObjectIdentifier(value: JsonValue, field: string): string {
  const oid = readString(value, field);
  if (/^[0-2](\.(0|[1-9]\d{0,8})){2,}$/.test(oid)) return oid;
  throw new ParseError("value-range", "no object identifier", { field, got: oid, want: "such as 1.2.3.4.1" });
}
