/**
 * A tlog-policy as a stranger reads it: C2SP tlog-policy, written from that text alone, and strict. It says which
 * vkeys a checkpoint must carry; whether their signatures verify is not its business.
 */
export interface Policy {
  readonly logKeys: readonly string[];
  readonly witnessKeys: readonly string[];
  /** Whether cosignatures of these keys make a quorum. */
  accepts(signed: ReadonlySet<string>): boolean;
}

type Member = (signed: ReadonlySet<string>) => boolean;

/** Throws for whatever the specification forbids. */
export function parsePolicy(text: string): Policy {
  // SPEC: "the allowed octet values are 0x09 (tab), 0x0A (newline), 0x20-0x7E, and 0x80-0xFF."
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) throw new Error("a control character");
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const logKeys: string[] = [];
  const witnessKeys: string[] = [];
  const defined = new Map<string, Member>();
  const grouped = new Set<string>();
  let quorum: Member | undefined;

  const define = (name: string, member: Member) => {
    if (name === "none" || defined.has(name)) throw new Error(`defined twice: ${name}`);
    defined.set(name, member);
  };
  const find = (name: string): Member => {
    const member = defined.get(name);
    if (member === undefined) throw new Error(`not defined before: ${name}`);
    return member;
  };
  /** SPEC: "Each defined name can be listed as a group member at most once." */
  const take = (name: string): Member => {
    if (grouped.has(name)) throw new Error(`a member twice: ${name}`);
    grouped.add(name);
    return find(name);
  };

  for (const line of text.slice(0, -1).split("\n")) {
    const [keyword, ...words] = line.split(/[ \t]+/).filter((each) => each !== "");
    if (keyword === undefined || keyword.startsWith("#")) continue;
    const [first = "", second = "", ...rest] = words;
    if (keyword === "log" && (words.length === 1 || words.length === 2)) {
      logKeys.push(first);
    } else if (keyword === "witness" && (words.length === 2 || words.length === 3)) {
      if (witnessKeys.includes(second)) throw new Error(`one key twice: ${second}`);
      witnessKeys.push(second);
      define(first, (signed) => signed.has(second));
    } else if (keyword === "group" && rest.length > 0) {
      const members = rest.map(take);
      const k = second === "any" ? 1 : second === "all" ? members.length : Number(second);
      if (!Number.isInteger(k) || k < 1 || k > members.length) throw new Error(`${k} of ${members.length}`);
      define(first, (signed) => members.filter((member) => member(signed)).length >= k);
    } else if (keyword === "quorum" && words.length === 1 && quorum === undefined) {
      quorum = first === "none" ? () => true : find(first);
    } else throw new Error(`not a line of a policy: ${line}`);
  }
  if (quorum === undefined) throw new Error("no quorum");
  return { logKeys, witnessKeys, accepts: quorum };
}
