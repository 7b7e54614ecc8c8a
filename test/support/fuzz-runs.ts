/** A few in `npm test`, and 100,000 in `npm run test:fuzz`. */
export const FUZZ_RUNS: number = Number(process.env.SILK_FUZZ_RUNS ?? 300)

/** Of a property that takes some milliseconds a case. */
export const FUZZ_TIMEOUT_MS: number = 60_000 + FUZZ_RUNS * 30
