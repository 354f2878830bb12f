import { describe, expect, it } from "@jest/globals";
import { groupCommit } from "../../../src/notary/depositing/group-commit.js";

const LIMITS = { maxGroup: 3, maxWaiting: 5, apartPerItemMs: 1, apartMs: 1 };
const double = (items: readonly number[]) => items.map((n) => 2 * n);

describe("group commit", () => {
  it("commits in order, in groups, each answered with its own result", async () => {
    const groups: number[][] = [];
    const group = groupCommit<number, number>(async (items) => {
      groups.push([...items]);
      return double(items);
    }, LIMITS);
    expect(await Promise.all([1, 2, 3, 4, 5].map((n) => group.submit(n)))).toEqual([2, 4, 6, 8, 10]);
    expect(groups).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it("that fails refuses its group, and the next one is not touched", async () => {
    let fail = true;
    const group = groupCommit<number, number>(async (items) => {
      if (fail) throw new Error("no disk");
      return double(items);
    }, LIMITS);
    await expect(Promise.all([group.submit(1), group.submit(2)])).rejects.toThrow("no disk");
    fail = false;
    expect(await group.submit(3)).toBe(6);
  });

  it("waits for others after a group of several, and never where each comes alone", async () => {
    const groups: number[][] = [];
    const commit = async (items: readonly number[]) => {
      groups.push([...items]);
      return double(items);
    };
    const alone = groupCommit<number, number>(commit, {
      ...LIMITS,
      apartPerItemMs: 3_600_000,
      apartMs: 3_600_000,
    });
    for (const n of [1, 2, 3]) await alone.submit(n);
    expect(groups.splice(0)).toEqual([[1], [2], [3]]);

    const group = groupCommit<number, number>(commit, { ...LIMITS, apartPerItemMs: 500, apartMs: 3_600_000 });
    await Promise.all([group.submit(1), group.submit(2)]);
    const third = group.submit(3);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await Promise.all([third, group.submit(4)]);
    expect(groups).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("refuses more than may wait, and everything after its end; what waits is answered", async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const group = groupCommit<number, number>(async (items) => {
      await gate;
      return double(items);
    }, LIMITS);
    const asked = [1, 2, 3, 4, 5].map((n) => group.submit(n));
    await expect(group.submit(6)).rejects.toMatchObject({
      code: "overloaded",
      detail: { retryAfterSeconds: 1 },
    });
    const closed = group.close();
    await expect(group.submit(7)).rejects.toMatchObject({ code: "stopping" });
    release();
    expect(await Promise.all(asked)).toEqual([2, 4, 6, 8, 10]);
    await closed;
  });
});
