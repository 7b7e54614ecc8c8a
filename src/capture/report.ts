/** Tells of silk's own trouble: one warning for each cause, never an exception into the app. */
export type Report = (error: unknown, doing: string) => void
