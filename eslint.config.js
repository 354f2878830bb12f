import { readdirSync } from "node:fs";
import { join } from "node:path";
import js from "@eslint/js";
import importX from "eslint-plugin-import-x";
import regexp from "eslint-plugin-regexp";
import tseslint from "typescript-eslint";

/** Who may import whom (docs/architecture.md): each row forbids `target` everything in `from` except `except`. */
const wall = (target, from, except, message) => ({ target, from, ...(except && { except }), message });
const stages = [
  "digest",
  "merkle",
  "record",
  "batch",
  "ledger",
  "witness",
  "trust",
  "membership",
  "evidence",
  "verify",
];
/**
 * The rooms within a room, each with those of its neighbours that it may import; all may import the files that are named
 * beside them, and nobody within imports the other files of the room, which put the rooms together.
 */
const insideOf = {
  pki: {
    rooms: {
      der: [],
      x509: ["der"],
      cms: ["x509", "der"],
      timestamps: ["cms", "x509", "der"],
      signature: ["timestamps", "cms", "x509", "der"],
    },
  },
  notary: {
    beside: ["model", "ports"],
    rooms: {
      model: [],
      halts: [],
      jobs: [],
      ledger: [],
      timestamping: [],
      depositing: ["ledger"],
      accounts: ["depositing"],
      finality: ["ledger", "halts"],
      trust: ["finality"],
      sealing: ["ledger", "halts", "trust", "depositing", "accounts"],
      reading: ["ledger", "depositing", "finality"],
      certificates: ["reading", "depositing", "finality", "timestamping", "jobs"],
      standing: ["halts", "sealing", "finality", "timestamping", "jobs"],
    },
  },
  platform: {
    rooms: { files: [], keys: ["files"], server: [] },
  },
  "witness-node": {
    beside: ["configuration"],
    rooms: {
      sources: [],
      ledger: ["sources"],
      memory: ["ledger"],
      signing: ["memory", "ledger"],
      copy: ["memory", "ledger", "sources"],
      gossip: ["signing", "memory", "ledger", "sources"],
      doors: ["gossip", "copy", "signing", "memory", "ledger"],
    },
  },
  http: {
    rooms: {
      problems: [],
      shares: ["problems"],
      intake: ["problems", "shares"],
      contract: ["problems", "intake"],
      answers: ["problems", "intake"],
      handlers: ["problems", "shares", "intake", "answers"],
    },
  },
  commands: {
    beside: ["model", "text"],
    rooms: { text: [], model: [], evidence: [], consortium: [], notary: [], node: [], keys: [] },
  },
  programs: {
    rooms: {
      opening: [],
      verifying: [],
      services: ["opening", "verifying"],
      recovery: ["opening", "services"],
      checking: ["opening"],
      backup: ["opening", "checking"],
      moving: ["opening", "checking"],
    },
  },
};
/** Each with those it may import: what is said knows nothing of files, and no file of what is said. */
const certificateRooms = {
  content: [],
  drawings: ["content", "pdf", "template"],
  build: ["drawings"],
  template: ["drawings", "content"],
  pdf: ["drawings"],
  verify: ["template", "content", "pdf", "drawings"],
};
/** All that a drawing may import besides itself: what these do is a standard's, and no version changes it. */
const frozenCore = [
  "bytes.ts",
  "errors.ts",
  "digest/sha256.ts",
  ...["canonical", "json", "reader", "time"].map((name) => `record/${name}.ts`),
];
/** What engines and versions of Unicode may answer differently: no byte of a drawing may rest on it. */
const notTheSameEverywhere = [
  { selector: "BinaryExpression[operator='**']", message: "the last bit of a power is each engine's own" },
  {
    selector: "MemberExpression[property.name=/^(normalize|localeCompare|toLocale.*|toWellFormed)$/]",
    message: "answers as the version of Unicode or the place has it",
  },
  { selector: "Literal[regex.pattern=/\\\\p\\{/i]", message: "kinds of characters change with Unicode" },
  { selector: "Literal[regex.flags=/i/]", message: "folding of cases changes with Unicode" },
];
const drawings = readdirSync(join(import.meta.dirname, "src/certificate/drawings"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const adapters = readdirSync(join(import.meta.dirname, "src/adapters"));
const walls = [
  wall("./src/core", "./src", ["./core"], "core imports core alone"),
  ...stages.map((stage, i) =>
    wall(
      `./src/core/${stage}`,
      "./src/core",
      ["./bytes.ts", "./errors.ts", ...stages.slice(0, i + 1).map((s) => `./${s}`)],
      `core/${stage} may import only the stages before it`,
    ),
  ),
  wall("./src/pki", "./src", ["./core", "./pki"], "pki imports core alone"),
  wall(
    "./src/certificate",
    "./src",
    ["./core", "./pki", "./certificate"],
    "certificate imports core and pki",
  ),
  ...Object.entries(certificateRooms).map(([room, others]) =>
    wall(
      `./src/certificate/${room}`,
      "./src/certificate",
      [room, ...others].map((name) => `./${name}`),
      `certificate/${room} may import ${others.join(", ") || "no other room"}`,
    ),
  ),
  ...drawings.map((number) =>
    wall(
      `./src/certificate/drawings/${number}`,
      "./src",
      [`./certificate/drawings/${number}`, ...frozenCore.map((name) => `./core/${name}`)],
      "a drawing imports itself, and what never changes",
    ),
  ),
  ...Object.entries(insideOf).flatMap(([house, { rooms, beside = [] }]) =>
    Object.entries(rooms).map(([room, others]) =>
      wall(
        `./src/${house}/${room}`,
        `./src/${house}`,
        [...new Set([room, ...others, ...beside])].map((name) => `./${name}`),
        `${house}/${room} may import ${[...others, ...beside].join(", ") || "no other room"}`,
      ),
    ),
  ),
  wall(
    "./src/notary",
    "./src",
    ["./core", "./pki", "./certificate", "./notary"],
    "the notary knows no driver",
  ),
  wall(
    "./src/platform",
    "./src",
    [
      "./platform",
      ...["ed25519", "ml-dsa-44", "verifiers", "checkpoint"].map((name) => `./core/ledger/${name}.ts`),
    ],
    "platform knows nothing of ours but what a signature is, and what it signs",
  ),
  wall(
    "./src/adapters",
    "./src",
    ["./core", "./notary/ports", "./notary/model", "./platform", "./adapters", "./certificate"],
    "adapters know the ports",
  ),
  ...adapters.map((adapter) =>
    wall(`./src/adapters/${adapter}`, "./src/adapters", [`./${adapter}`], "no adapter knows another"),
  ),
  wall(
    "./src/witness-node",
    "./src",
    ["./core", "./platform", "./witness-node"],
    "a witness shares nothing with the notary",
  ),
  wall(
    "./src/http",
    "./src",
    ["./core", "./pki", "./certificate", "./notary", "./http"],
    "routes know the use cases",
  ),
  wall(
    "./src/commands",
    "./src",
    ["./core", "./pki", "./certificate", "./notary", "./commands"],
    "commands know the use cases",
  ),
];

export default tseslint.config(
  { ignores: ["dist/", "data/", ".cache/", "coverage/", "node_modules/"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    plugins: { "import-x": importX },
    settings: {
      // Without the alias no import "./x.js" of a .ts file is found, and every wall below stands open.
      "import-x/resolver-next": [
        importX.createNodeResolver({ extensions: [".ts", ".js"], extensionAlias: { ".js": [".ts", ".js"] } }),
      ],
      "import-x/extensions": [".ts", ".js"],
    },
    rules: {
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones: walls }],
      "import-x/no-cycle": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      // Without the whole import a type, the compiler keeps it as one that loads the file for nothing.
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_$", argsIgnorePattern: "^_$" }],
      eqeqeq: "error",
    },
  },
  {
    // What it reads may be a stranger's, and of any length: no expression tries one place, or one share of it, again and again.
    files: ["src/**/*.ts"],
    plugins: { regexp },
    rules: {
      "regexp/no-super-linear-backtracking": ["error", { report: "potential" }],
      "regexp/no-dupe-disjunctions": ["error", { reportExponentialBacktracking: "potential" }],
      "regexp/no-super-linear-move": [
        "error",
        // A sticky expression is tried at one place.
        { report: "potential", ignoreSticky: true, ignorePartial: false },
      ],
    },
  },
  {
    files: ["src/core/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ regex: "^(?!\\.{1,2}/|@noble/)", message: "core imports itself and @noble alone" }] },
      ],
      "no-restricted-globals": [
        "error",
        "Buffer",
        "process",
        "Date",
        "setTimeout",
        "crypto",
        "console",
        "performance",
      ],
      "no-restricted-properties": ["error", { object: "Math", property: "random" }],
    },
  },
  {
    files: ["src/notary/**/*.ts"],
    ignores: ["src/notary/ledger/batch-tree.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ regex: "^[^.]", message: "the notary's world comes by its ports" }] },
      ],
    },
  },
  {
    files: ["src/pki/**/*.ts", "src/certificate/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ regex: "^node:", message: "Node comes by argument here" }] },
      ],
    },
  },
  {
    files: ["src/certificate/drawings/*/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ regex: "^[^.]", message: "a drawing draws by itself: libraries change" }] },
      ],
      "no-restricted-globals": ["error", "Date", "Intl", "Buffer", "process", "crypto", "performance"],
      "no-restricted-properties": [
        "error",
        ...[
          "sin",
          "cos",
          "tan",
          "asin",
          "acos",
          "atan",
          "atan2",
          "exp",
          "log",
          "log2",
          "log10",
          "pow",
          "hypot",
        ].map((property) => ({ object: "Math", property, message: "its last bit is each engine's own" })),
        { object: "Math", property: "random" },
      ],
      "no-restricted-syntax": ["error", ...notTheSameEverywhere],
    },
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
  },
);
