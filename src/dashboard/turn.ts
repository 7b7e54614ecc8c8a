/** The event loop is given back after so many milliseconds: the app has requests to answer meanwhile. */
const TURN_MS = 2

/** Lets the app's own work go first. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** To be awaited between the pieces of a longer work: gives the event loop back when this turn has lasted too long. */
export function createTurn(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < TURN_MS) return
    await nextTurn()
    since = performance.now()
  }
}

/** One item after the other, in as many turns of the event loop as it takes. */
export async function mapInTurns<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Result | Promise<Result>,
): Promise<Result[]> {
  const turn = createTurn()
  const results: Result[] = []
  for (const item of items) {
    await turn()
    results.push(await map(item))
  }
  return results
}
