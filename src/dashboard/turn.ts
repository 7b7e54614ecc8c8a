/** The event loop is given back after so many milliseconds: the app has requests to answer meanwhile. */
const TURN_MS = 2

/**
 * Lets the app's own work go first. Twice, since what comes from the store's thread, or from a file, runs in that part of a
 * turn after which immediates follow at once: the app's timers and sockets would not be looked at in between.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
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

/** All items, in as many turns of the event loop as it takes. What they wait for, they wait for together. */
export async function mapInTurns<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Result | Promise<Result>,
): Promise<Result[]> {
  const turn = createTurn()
  const results: Promise<Result>[] = []
  for (const item of items) {
    await turn()
    const result = (async () => map(item))()
    // One that fails while others are still to begin is told at the end, and is nothing that nobody handles.
    result.catch(() => {})
    results.push(result)
  }
  return Promise.all(results)
}
