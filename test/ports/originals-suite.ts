/** The contract of `Originals` in src/notary/ports/, as tests: every adapter passes the same ones. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { utf8 } from "../../src/core/bytes.js";
import type { Originals } from "../../src/notary/ports/originals.js";

export interface OriginalsOfProcess extends Originals {
  /** Leaves what it has staged to the sweep of another. */
  close(): void | Promise<void>;
}

export interface OriginalsUnderTest {
  readonly originals: OriginalsOfProcess;
  /** The same contents, as a process of its own would open them. */
  beside(): Promise<OriginalsOfProcess>;
  /** How many contents there are on their way in. */
  staged(): Promise<number>;
}

export const sha256 = (text: string) => new Uint8Array(createHash("sha256").update(text).digest());
export const named = async () => true;
export const unnamed = async () => false;

async function keep(originals: Originals, text: string) {
  const writer = await originals.stage();
  await writer.write(utf8(text));
  await writer.keep(sha256(text));
  return writer;
}

async function read(originals: Originals, text: string): Promise<string | undefined> {
  const content = await originals.open(sha256(text));
  if (content === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export function describeOriginals(name: string, opened: () => Promise<OriginalsUnderTest>): void {
  describe(`${name}: originals`, () => {
    it("are kept under their digest, and read back", async () => {
      const { originals, staged } = await opened();
      const writer = await originals.stage();
      await writer.write(utf8("hello "));
      await writer.write(utf8("world"));
      await writer.keep(sha256("hello world"));
      await writer.end(named);
      await writer.end(unnamed); // Again is harmless.
      expect(await read(originals, "hello world")).toBe("hello world");
      expect(await staged()).toBe(0);
      expect(await originals.open(sha256("other"))).toBeUndefined();
    });

    it("may be empty, and larger than what is written at once", async () => {
      const { originals } = await opened();
      for (const text of ["", "0123456789".repeat(100_000)]) {
        await (await keep(originals, text)).end(named);
        expect(await read(originals, text)).toBe(text);
      }
    });

    it("are forgotten where no deposit names them, or where they were not to be kept", async () => {
      const { originals, staged } = await opened();
      const refused = await keep(originals, "a");
      await refused.end(unnamed);
      const broken = await originals.stage();
      await broken.write(utf8("b"));
      await broken.end(unnamed);
      expect(await originals.open(sha256("a"))).toBeUndefined();
      expect(await originals.open(sha256("b"))).toBeUndefined();
      expect(await staged()).toBe(0);
    });

    it("of the same content are kept once, and the last one that relies on them decides", async () => {
      const { originals, staged } = await opened();
      const [one, other] = [await keep(originals, "same"), await keep(originals, "same")];
      await one.end(unnamed);
      expect(await read(originals, "same")).toBe("same");
      await other.end(unnamed);
      expect(await originals.open(sha256("same"))).toBeUndefined();
      expect(await staged()).toBe(0);
    });

    it("left by a crash are ended by the next sweep, as the deposits say", async () => {
      const { originals, beside, staged } = await opened();
      for (const text of ["named", "orphan"]) await keep(originals, text);
      expect(await staged()).toBe(2);
      const again = await beside();
      expect(await again.sweep(unnamed)).toBe(0); // Whoever has staged it still lives.
      expect(await staged()).toBe(2);
      await originals.close();
      const isNamed = async (digest: Uint8Array) => Buffer.compare(digest, sha256("named")) === 0;
      expect(await again.sweep(isNamed, async () => false)).toBe(0);
      expect(await staged()).toBe(2);
      expect(await again.sweep(isNamed, async () => true)).toBe(2);
      expect(await read(again, "named")).toBe("named");
      expect(await again.open(sha256("orphan"))).toBeUndefined();
      expect(await again.sweep(isNamed)).toBe(0);
      expect(await staged()).toBe(0);
    });

    it("are kept by two processes at one time, and stay while either relies on them", async () => {
      const { originals, beside, staged } = await opened();
      const other = await beside();
      const [one, two] = [await keep(originals, "shared"), await keep(other, "shared")];
      await one.end(unnamed);
      expect(await read(other, "shared")).toBe("shared");
      await two.end(named);
      expect(await read(originals, "shared")).toBe("shared");
      expect(await staged()).toBe(0);
    });

    it("stay whole where many processes keep and forget the same content at one time", async () => {
      const { originals, beside, staged } = await opened();
      const processes = [originals, await beside(), await beside()];
      for (let round = 0; round < 5; round++) {
        const text = `round ${round}`;
        let isNamed = false;
        await Promise.all(
          processes.map(async (each, i) => {
            const writer = await keep(each, text);
            if (i === round % 3) isNamed = true;
            await writer.end(async () => isNamed);
          }),
        );
        expect(await read(originals, text)).toBe(text);
      }
      expect(await staged()).toBe(0);
    });

    it.each([1, 2])(
      "are put back where somebody has named them at look %d while they were being forgotten",
      async (racedAt) => {
        const { originals, beside, staged } = await opened();
        const other = await beside();
        const writer = await keep(originals, "raced");
        let [asked, isNamed] = [0, false];
        await writer.end(async () => {
          asked += 1;
          const answer = isNamed;
          if (asked === racedAt) {
            // Between the question and what follows from it another process keeps, names and ends the same content.
            const racing = await keep(other, "raced");
            isNamed = true;
            await racing.end(named);
          }
          return answer;
        });
        expect(await read(other, "raced")).toBe("raced");
        expect(await staged()).toBe(0);
      },
    );

    it("are not kept twice, nor after their end", async () => {
      const { originals } = await opened();
      const writer = await keep(originals, "");
      await expect(writer.keep(sha256(""))).rejects.toThrow("internal");
      await writer.end(named);
      const ended = await originals.stage();
      await ended.end(named);
      await expect(ended.keep(sha256(""))).rejects.toThrow("internal");
    });
  });
}
