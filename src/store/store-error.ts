/** What went wrong, in one word that a program can compare. */
export type StoreErrorCode =
  | 'driver'
  | 'newer'
  | 'corrupt'
  | 'foreign'
  | 'folder'
  | 'full'
  | 'disk'
  | 'locked'
  | 'worker'
  | 'closed'
  | 'write'

/**
 * A store that cannot be used right now, in words for the person who runs the app.
 *
 * `codes` that only another file can mend (`newer`, `corrupt`, `foreign`) and a missing driver are `lasting`.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }

  /** Trying again with the same file cannot help. */
  get lasting(): boolean {
    return ['driver', 'newer', 'corrupt', 'foreign', 'closed'].includes(this.code)
  }
}

/** The lock is held by someone else for the moment: not a failure, try again later. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error)
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')
}

/** The error of SQLite, of the file system or of Node, told as a trouble of the store `file`. */
export function toStoreError(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error
  const code = codeOf(error)
  const reason = error instanceof Error ? error.message : String(error)
  if (isBusy(error)) return new StoreError('locked', `The store ${file} is locked by another process (${code}).`, error)
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    const advice = 'Make room, or set `store` (SILK_STORE) to a file elsewhere; it goes on by itself'
    return new StoreError('full', `The disk of the store ${file} is full (${code}): ${reason}. ${advice}.`, error)
  }
  // Not the fault of what was to be written: a quota, a disk that fails, a network folder that is gone for a while.
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO' || code === 'EFBIG') {
    const advice =
      'Look at its disk and its quota, or set `store` (SILK_STORE) to a file elsewhere; it goes on by itself'
    return new StoreError('disk', `The store ${file} cannot be read or written (${code}: ${reason}). ${advice}.`, error)
  }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    const advice = 'Delete the file, or set `store` (SILK_STORE) to another one'
    return new StoreError('corrupt', `The store ${file} is damaged or not a database (${reason}). ${advice}.`, error)
  }
  if (/^(EACCES|EPERM|EROFS|ENOTDIR|EISDIR|EEXIST|SQLITE_CANTOPEN|SQLITE_READONLY)/.test(code)) {
    const advice = 'Make its folder writable, or set `store` (SILK_STORE) to another file'
    return new StoreError('folder', `The store ${file} cannot be written (${code}: ${reason}). ${advice}.`, error)
  }
  return new StoreError('write', `The store ${file} failed: ${reason}${code ? ` (${code})` : ''}.`, error)
}

/** An error as it goes from the worker to the host; classes do not survive the way. */
export interface PlainStoreError {
  readonly code: StoreErrorCode
  readonly message: string
}

function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined
  return typeof code === 'string' ? code : ''
}
