import type { Located } from '../call-sites.js'
import type { Statement } from './statements.js'

/** How often stacks are taken once the sites of a route are known. */
export interface Sampling {
  /** Requests with nothing new before a route is known. Default 10. */
  readonly learnCount: number
  /** After something unexpected: so many more requests with stacks. Default 3. */
  readonly againCount: number
  /** Stacks are taken in one of so many requests at first; the number doubles each time … Default 4. */
  readonly firstEvery: number
  /** … up to this. Default 256. */
  readonly mostEvery: number
  /** A request that comes this long after the one before it is a person's click, milliseconds: with stacks. Default 500. */
  readonly idleMs: number
}

export const DEFAULT_SAMPLING: Sampling = {
  learnCount: 10,
  againCount: 3,
  firstEvery: 4,
  mostEvery: 256,
  idleMs: 500,
}

/** Statements by their fingerprint that a route is followed for; one that sends more is not known. */
const MAX_STATEMENTS = 300
/** Texts of these statements: lists of many lengths. */
const MAX_TEXTS = 2_000
/** Of all these texts together. */
const MAX_TEXT_CHARS = 1_000_000
/** A route in which a statement has two sites is looked at anew after so many requests: code can be replaced in place. */
const FORGET_AFTER = 500

/** Where a statement of a route is built, and how often it was sent in one request. */
interface KnownSite {
  captured: Located
  /** The same, said to be inferred. */
  inferred: Located
  /** How much more often its path was seen than a part of it, or one that goes on. */
  votes: number
  mostPerRequest: number
  /** Of the request that is being gone through. */
  count: number
}

/**
 * What is known of the lines that build the queries of one route: stacks are taken of all its requests while it is new,
 * then of few. A route in which one statement comes by two ways is never known: its stacks are always taken, since
 * when a builder is made nothing tells yet which statement it will be.
 */
export class RouteSites {
  readonly #sampling: Sampling
  readonly #takeIdle: (nowMs: number) => boolean
  readonly #byText = new Map<Statement, KnownSite>()
  #textChars = 0
  readonly #byPrint = new Map<string, KnownSite>()
  #touched: KnownSite[] = []
  /** Requests with stacks since something new was seen. */
  #steadyCount = 0
  #wantedCount: number
  #isAmbiguous = false
  #every: number
  #sinceExact = 0
  #lastMs = Number.NEGATIVE_INFINITY

  /** @param takeIdle whether there is room for one more request with stacks after a pause */
  constructor(sampling: Sampling, takeIdle: (nowMs: number) => boolean) {
    this.#sampling = sampling
    this.#takeIdle = takeIdle
    this.#wantedCount = sampling.learnCount
    this.#every = sampling.firstEvery
  }

  /** Whether the stacks of the request that begins now are taken. */
  isNextExact(nowMs: number): boolean {
    const sinceMs = nowMs - this.#lastMs
    this.#lastMs = nowMs
    if (this.#isAmbiguous || this.#steadyCount < this.#wantedCount) return true
    if (++this.#sinceExact >= this.#every) {
      this.#every = Math.min(this.#every * 2, this.#sampling.mostEvery)
      this.#sinceExact = 0
      return true
    }
    return sinceMs >= this.#sampling.idleMs && this.#takeIdle(nowMs)
  }

  /** The one site of a statement; `null`: not known. */
  siteOf(statement: Statement): Located | null {
    return this.#find(statement)?.inferred ?? null
  }

  #find(statement: Statement): KnownSite | undefined {
    const known = this.#byText.get(statement)
    if (known !== undefined) return known
    const found = this.#byPrint.get(statement.print.hash)
    // What is an object of its own each time would never be found, and be kept for nothing.
    if (found !== undefined && statement.isShared) this.#remember(statement, found)
    return found
  }

  #remember(statement: Statement, found: KnownSite): void {
    if (this.#byText.size >= MAX_TEXTS || this.#textChars > MAX_TEXT_CHARS) this.#forgetTexts()
    this.#byText.set(statement, found)
    this.#textChars += statement.sql.length
  }

  #forgetTexts(): void {
    this.#byText.clear()
    this.#textChars = 0
  }

  /** Takes note of where a query was built. */
  learn(statement: Statement, located: Located): void {
    const known = this.#find(statement)
    if (known !== undefined) {
      if (isSameWay(known.captured, located)) {
        vote(known, located)
        this.#count(known)
      } else this.#isAmbiguous = true
      return
    }
    this.#steadyCount = 0
    if (this.#byPrint.size >= MAX_STATEMENTS) this.#forget()
    const site: KnownSite = {
      ...{ captured: located, inferred: asInferred(located), votes: 1 },
      ...{ mostPerRequest: 0, count: 0 },
    }
    this.#byPrint.set(statement.print.hash, site)
    this.#count(site)
  }

  /** Counts a query whose site was inferred. */
  infer(statement: Statement): void {
    const known = this.#find(statement)
    if (known !== undefined) this.#count(known)
  }

  #count(known: KnownSite): void {
    if (known.count++ === 0) this.#touched.push(known)
  }

  /**
   * Ends a request whose queries were learned or inferred.
   *
   * @param wasOdd something slow or failed in it
   */
  endRequest(isExact: boolean, wasOdd: boolean): void {
    let isUnusual = wasOdd
    for (const known of this.#touched) {
      // A statement sent once that is now sent twice may come by another way; a list that grows is the same loop.
      if (known.count > Math.max(1, known.mostPerRequest * 2 - 1)) isUnusual ||= known.mostPerRequest > 0
      known.mostPerRequest = Math.max(known.mostPerRequest, known.count)
      known.count = 0
    }
    this.#touched = []
    if (isExact) this.#steadyCount++
    if (isExact && this.#isAmbiguous && this.#steadyCount > FORGET_AFTER) this.#forget()
    else if (isUnusual && !isExact) this.takeAgain()
  }

  /** Something unexpected: stacks are taken of the next requests. */
  takeAgain(): void {
    this.#steadyCount = Math.min(this.#steadyCount, this.#wantedCount - this.#sampling.againCount)
    this.#every = this.#sampling.firstEvery
  }

  #forget(): void {
    this.#forgetTexts()
    this.#byPrint.clear()
    this.#touched = []
    this.#steadyCount = 0
    this.#isAmbiguous = false
  }
}

/**
 * Whether two paths are one way to a query. What runs before the first `await` of a handler still has the middleware
 * that called it on its stack, and what runs after it has not: then one path goes on where the other ends.
 */
function isSameWay(one: Located, other: Located): boolean {
  if (one.path === other.path) return true
  return one.path.startsWith(`${other.path} `) || other.path.startsWith(`${one.path} `)
}

/** Of both the path that most queries have. */
function vote(known: KnownSite, located: Located): void {
  if (known.captured.path === located.path) {
    known.votes++
    return
  }
  known.votes--
  if (known.votes >= 0) return
  known.captured = located
  known.inferred = asInferred(located)
  known.votes = 1
}

/** The same place, said to be inferred. */
export function asInferred(located: Located): Located {
  const { callSite } = located
  return callSite === null ? located : { ...located, callSite: { ...callSite, source: 'inferred' } }
}
