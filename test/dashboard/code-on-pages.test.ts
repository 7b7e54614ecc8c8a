import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { highlightAll } from '../../src/highlighting/highlight.js'
import type { CodePiece } from '../../src/model/highlighting.js'
import { callSite, naiveRecording, query, recording } from './support/build-recordings.js'
import { dashboard, host, visit } from './support/dashboard-host.js'
import { memoryStore } from './support/memory-reader.js'
import { NAIVE, startRecordedExample } from './support/recorded-example.js'

const HOSTILE = 'select \'<img src=x>\', "a&b" from t'

/** A request that sent one statement, and its page, with code coloured as given. */
async function pageWith(highlight: (pieces: readonly CodePiece[]) => Promise<readonly string[]>): Promise<string> {
  const { recording: made } = naiveRecording({ repeats: 6 })
  const hostile = recording({ ...made, queries: [query({ statement: HOSTILE })] })
  const store = memoryStore({ recording: hostile, occurrences: [] })
  const answer = await visit(host(dashboard({ store, highlight })), `/silk/requests/${hostile.id}?queries=all`)
  expect(answer.status).toEqual(200)
  return answer.text
}

test('code is coloured in the store’s thread: the app’s own never loads the highlighter', async () => {
  const highlighter = createRequire(import.meta.url).resolve('highlight.js/lib/core')
  const example = await startRecordedExample()
  try {
    const { items } = await example.json('/requests')
    const { id } = items.find(({ request }: { request: { url: string } | null }) => request?.url === NAIVE)
    const before = Object.keys(createRequire(import.meta.url).cache).includes(highlighter)
    const page = await (await fetch(`${example.origin}/silk/requests/${id}`)).text()

    expect(page).toContain('<span class="hljs-keyword">select</span>')
    expect(page).toContain('<span class="hljs-keyword">const</span>')
    expect(Object.keys(createRequire(import.meta.url).cache).includes(highlighter)).toEqual(before)
  } finally {
    await example.close()
  }
})

test('what one page wants coloured at once is one question', async () => {
  const questions: number[] = []
  const page = await pageWith(async (pieces) => {
    questions.push(pieces.length)
    return highlightAll(pieces)
  })

  expect(page).toContain('<span class="hljs-string">&#x27;&lt;img src=x&gt;&#x27;</span>')
  expect(Math.max(...questions)).toBeGreaterThan(1)
})

test('the mark of an inferred call site stands behind its path, and is told in words too', async () => {
  const { recording: made } = naiveRecording({ repeats: 6 })
  const inferred = recording({
    ...made,
    queries: [query({ statement: HOSTILE, callSite: callSite({ source: 'inferred' }) })],
  })
  const store = memoryStore({ recording: inferred, occurrences: [] })
  const { text } = await visit(host(dashboard({ store })), `/silk/requests/${inferred.id}?queries=all`)

  expect(text).toMatch(/collections\.ts:79<\/span><span class="inferred">.*?~.*? \(inferred\)</)
  expect(text).not.toContain('~collections.ts')
})

test.each([
  ['rejects', () => Promise.reject(new Error('the thread has ended'))],
  [
    'throws',
    () => {
      throw new Error('no thread')
    },
  ],
  ['answers less than was asked', () => Promise.resolve([])],
])('where the other thread %s, code stands there without colours, and as safe', async (_, highlight) => {
  const page = await pageWith(highlight)

  expect(page).toContain('select &#39;&lt;img src=x&gt;&#39;, &quot;a&amp;b&quot; from t')
  expect(page).not.toContain('<img')
  expect(page).not.toContain('hljs-')
})
