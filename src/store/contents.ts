import type { CallSite } from '../model/call-site.js'
import type { CallerFrame } from '../model/evidence.js'
import type { RecordedUser } from '../model/marks.js'
import type { RecordedSpan } from '../model/span.js'
import { callPathText } from './call-paths.js'
import { idOfHash, idOfSession, idOfText, idOfUser } from './content-id.js'
import type { SqlitePreparer, SqliteStatement } from './sqlite-driver.js'

/** Stands for "no call site", "no route" and "no session" in keys, which must not be NULL. */
export const NONE = 0

const KNOWN_LIMIT = 20_000
const CACHED_TEXT_LENGTH = 10_000
/** Of all texts whose ids are known together. */
const KNOWN_CHARS = 5_000_000

/**
 * Stores what repeats once: texts, statements, call sites, routes, sessions, each under the hash of its content.
 *
 * A row once written is not written again, as long as nobody else has changed the file since (`PRAGMA data_version`:
 * another process may have cleared or pruned it) and the hour is the same (`seen_hour` keeps rows from the sweep).
 */
export class Contents {
  readonly #statements: Readonly<
    Record<'version' | 'text' | 'statement' | 'callSite' | 'route' | 'session' | 'span' | 'user', SqliteStatement>
  >
  /** By table: a statement whose fingerprint is its own text has one id in two of them. */
  readonly #known = {
    text: new Set<number>(),
    statement: new Set<number>(),
    callSite: new Set<number>(),
    route: new Set<number>(),
    session: new Set<number>(),
    span: new Set<number>(),
    user: new Set<number>(),
  }
  readonly #ids = new Map<string, number>()
  #idChars = 0
  #version: unknown = null
  #hour = 0

  constructor(db: SqlitePreparer) {
    const seen = 'ON CONFLICT (id) DO UPDATE SET seen_hour = excluded.seen_hour WHERE seen_hour < excluded.seen_hour'
    this.#statements = {
      version: db.prepare('PRAGMA data_version').pluck(),
      text: db.prepare(`INSERT INTO texts (id, text, seen_hour) VALUES (?, ?, ?) ${seen}`),
      statement: db.prepare(
        `INSERT INTO statements (id, text, operation, example_id, seen_hour) VALUES (?, ?, ?, ?, ?) ${seen}`,
      ),
      callSite: db.prepare(
        `INSERT INTO call_sites (id, file, line, "column", function, seen_hour) VALUES (?, ?, ?, ?, ?, ?) ${seen}`,
      ),
      route: db.prepare(`INSERT INTO routes (id, method, route, seen_hour) VALUES (?, ?, ?, ?) ${seen}`),
      span: db.prepare(`INSERT INTO span_names (id, kind, name, seen_hour) VALUES (?, ?, ?, ?) ${seen}`),
      // A user may be renamed.
      user: db.prepare(`INSERT INTO users (id, user, name, seen_hour) VALUES (?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, seen_hour = max(seen_hour, excluded.seen_hour)`),
      session: db.prepare(`INSERT INTO sessions (id, label, first_us, seen_hour) VALUES (?, ?, ?, ?) ${seen}`),
    }
  }

  /** To be called first inside each write transaction: from here on nobody else can change the file. */
  begin(nowMs: number): void {
    const version = this.#statements.version.get()
    const hour = Math.floor(nowMs / 3_600_000)
    if (version !== this.#version || hour !== this.#hour) this.forget()
    this.#version = version
    this.#hour = hour
  }

  /** To be called when the transaction was rolled back: nothing of it is in the file. */
  forget(): void {
    for (const known of Object.values(this.#known)) known.clear()
  }

  text(text: string): number {
    const id = this.#idOf(text)
    if (this.#isNew(this.#known.text, id)) this.#statements.text.run(id, text, this.#hour)
    return id
  }

  /** `null`: there is nothing to keep of it. */
  readonly callPath = (callers: readonly CallerFrame[]): number | null => {
    const text = callPathText(callers)
    return text === null ? null : this.text(text)
  }

  /** `hash`: of the fingerprint text. */
  statement(hash: string, text: string, operation: string, exampleId: number | null): number {
    const id = idOfHash(hash)
    if (this.#isNew(this.#known.statement, id))
      this.#statements.statement.run(id, text, operation, exampleId, this.#hour)
    return id
  }

  callSite(site: CallSite | null): number {
    if (site === null) return NONE
    const id = this.#idOf(`site ${site.line}:${site.column} ${site.file} ${site.function ?? ''}`)
    if (this.#isNew(this.#known.callSite, id)) {
      this.#statements.callSite.run(id, site.file, site.line, site.column, site.function, this.#hour)
    }
    return id
  }

  route(method: string, route: string | null): number {
    const id = this.#idOf(`route ${method} ${route ?? ''}${route === null ? '' : '.'}`)
    if (this.#isNew(this.#known.route, id)) this.#statements.route.run(id, method, route, this.#hour)
    return id
  }

  /** @param startedUs of the recording: the first one's is that of its session */
  session(label: string | null, startedUs: number): number {
    if (label === null) return NONE
    const id = idOfSession(label)
    if (this.#isNew(this.#known.session, id)) this.#statements.session.run(id, label, startedUs, this.#hour)
    return id
  }

  user(user: RecordedUser | null): number {
    if (user === null) return NONE
    const id = idOfUser(user.id)
    if (this.#isNew(this.#known.user, this.#idOf(`user ${user.name ?? ''} ${user.id}`))) {
      this.#statements.user.run(id, user.id, user.name, this.#hour)
    }
    return id
  }

  span({ kind, name }: Pick<RecordedSpan, 'kind' | 'name'>): number {
    const id = this.#idOf(`span ${kind} ${name}`)
    if (this.#isNew(this.#known.span, id)) this.#statements.span.run(id, kind, name, this.#hour)
    return id
  }

  #isNew(known: Set<number>, id: number): boolean {
    if (known.has(id)) return false
    if (known.size >= KNOWN_LIMIT) known.clear()
    known.add(id)
    return true
  }

  #idOf(text: string): number {
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const id = idOfText(text)
    if (text.length > CACHED_TEXT_LENGTH) return id
    if (this.#ids.size >= KNOWN_LIMIT || this.#idChars > KNOWN_CHARS) {
      this.#ids.clear()
      this.#idChars = 0
    }
    this.#ids.set(text, id)
    this.#idChars += text.length
    return id
  }
}
