/** Many things fetched at one time and handed out one after the other, in their order. */

/**
 * Yields what `fetchOne` gives for `first`, `first + 1`... up to `end - 1`; at most `atOnce` of them are under way or
 * wait to be taken. Where one fails it throws when its turn has come, and nothing more is begun.
 */
export async function* inOrder<T>(
  { first, end, atOnce }: { readonly first: number; readonly end: number; readonly atOnce: number },
  fetchOne: (index: number) => Promise<T>,
): AsyncGenerator<T> {
  const underWay: Promise<T>[] = [];
  let next = first;
  const begin = () => {
    const one = fetchOne(next++);
    // Whoever takes it hears of its failure; of one that nobody takes any more, nobody needs to.
    one.catch(() => undefined);
    underWay.push(one);
  };
  for (;;) {
    while (next < end && underWay.length < atOnce) begin();
    const one = underWay.shift();
    if (one === undefined) return;
    yield await one;
  }
}
