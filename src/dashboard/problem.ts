/** An answer other than the page that was asked for, in words for people. */
export class PageProblem extends Error {
  override readonly name = 'PageProblem'
  readonly status: number
  readonly title: string
  /** What to do next, one sentence each. */
  readonly advice: readonly string[]

  constructor(status: number, title: string, message: string, advice: readonly string[] = []) {
    super(message)
    this.status = status
    this.title = title
    this.advice = advice
  }
}

export function notFound(what: string): PageProblem {
  return new PageProblem(404, 'Not found', what, [
    'It may have been removed since: silk keeps the newest recordings up to its retention limit.',
  ])
}
