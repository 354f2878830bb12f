import { expect, it } from "@jest/globals";
import { createTurns } from "../../../src/http/shares/turns.js";

const OPTIONS = { alone: 10, beside: 2, activeMs: 100 };
/** What has been begun, by turn of the event loop, as it would be by requests. */
function recorder(nowMs = () => 0) {
  const turns = createTurns({ ...OPTIONS, nowMs });
  const begun: string[] = [];
  return {
    begun,
    turns,
    ask(who: string, times = 1): void {
      for (let i = 0; i < times; i += 1) {
        const turn = turns.take(who);
        if (turn === undefined) begun.push(who);
        else void turn.then(() => begun.push(who));
      }
    },
    /** What began since the last look. */
    async next(): Promise<string> {
      const text = begun.splice(0).join("");
      await new Promise((resolve) => setImmediate(resolve));
      return text;
    },
  };
}

it("one who is alone begins so many in a turn, and the rest in the turns after it, in order", async () => {
  const { ask, next } = recorder();
  ask("a", 25);
  expect(await next()).toBe("a".repeat(10));
  expect(await next()).toBe("a".repeat(10));
  expect(await next()).toBe("a".repeat(5));
  expect(await next()).toBe("");
  ask("a");
  expect(await next()).toBe("a");
});

it("another one begins at once, whatever the first has waiting, and then both begin fewer", async () => {
  const { ask, next } = recorder();
  ask("a", 20);
  ask("b", 3);
  expect(await next()).toBe(`${"a".repeat(10)}bb`);
  expect(await next()).toBe("aab");
  ask("b");
  expect([...(await next())].sort().join("")).toBe("aab");
});

it("a caller without a line does not overtake its own requests", async () => {
  const { ask, next, turns } = recorder();
  const order: number[] = [];
  for (let i = 0; i < 12; i += 1) {
    const turn = turns.take("a");
    if (turn === undefined) order.push(i);
    else void turn.then(() => order.push(i));
  }
  await next();
  ask("a");
  await next();
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(order).toHaveLength(12);
});

it("one who has been alone for a while begins many again", async () => {
  let nowMs = 0;
  const { ask, next } = recorder(() => nowMs);
  ask("b");
  ask("a", 30);
  expect(await next()).toBe("baa");
  nowMs = 101;
  expect(await next()).toBe("a".repeat(2));
  expect(await next()).toBe("a".repeat(10));
});

it("what weighs as much as several is begun as rarely", async () => {
  const { begun, turns } = recorder();
  void turns.take("b");
  for (let i = 0; i < 4; i += 1) {
    const turn = turns.take("a", 2);
    if (turn === undefined) begun.push("a");
    else void turn.then(() => begun.push("a"));
  }
  expect(begun).toEqual(["a"]);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toHaveLength(3);
});
