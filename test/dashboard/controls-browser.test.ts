import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../support/chromium.js'
import { NAIVE, type RecordedExample, startRecordedExample } from './support/recorded-example.js'

const example: RecordedExample = await startRecordedExample()
let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await example.close()
})

async function open(path: string, javaScriptEnabled: boolean): Promise<Page> {
  const page = await (await browser.newContext({ javaScriptEnabled })).newPage()
  await page.goto(`${example.origin}/silk${path}`)
  return page
}

const ask = async (path: string): Promise<void> => {
  await (await fetch(example.origin + path)).arrayBuffer()
  await example.profiler.flush()
}
// On a busy machine a query may have been slow as well, and be solved with it.
const SOLVED = /\d findings? solved:/
const newest = async () => (await example.json('/requests')).items[0]

describe.each([true, false])('script: %s', (script) => {
  test('recording is paused and resumed from any page, and goes back to it', async () => {
    const page = await open('/requests?status=2xx', script)
    await page.getByRole('button', { name: /^Recording/ }).click()
    await page.getByText('until someone resumes').waitFor()
    expect(page.url()).toMatch(/\/silk\/requests\?status=2xx$/)
    const before = (await newest()).id
    await ask('/products/?limit=3')
    expect((await newest()).id).toEqual(before)
    await page.getByRole('button', { name: /^Paused/ }).click()
    await page.getByRole('button', { name: /^Recording/ }).waitFor()
    await ask('/products/?limit=3')
    expect((await newest()).id).not.toEqual(before)
    await page.context().close()
  })

  test('two sessions are started on the page, and compared by a click', async () => {
    const page = await open('/compare', script)
    const start = async (label: string): Promise<void> => {
      await page.getByRole('textbox', { name: 'Label' }).fill(label)
      await page.getByRole('button', { name: 'Start a new session' }).click()
      await page.getByRole('link', { name: `Session ${label}` }).waitFor()
    }
    await start(`before ${script}`)
    await ask(NAIVE)
    await start(`after ${script}`)
    await ask(NAIVE.replace('naive', 'eager'))
    await page.reload()
    await page.getByRole('button', { name: 'Compare these sessions' }).click()
    await page.getByText(SOLVED).waitFor()
    const verdict = await page.getByRole('region', { name: 'Verdict' }).innerText()
    expect(verdict).toContain('1 with fewer queries')
    expect(verdict).toContain('50 of 51 queries are the same statement')
    await page.context().close()
  })

  test('a session is one of the filters of requests', async () => {
    await example.profiler.flush()
    const page = await open('/requests', script)
    await page.getByText('More filters').click()
    await page.getByLabel('Session').selectOption(`after ${script}`)
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByRole('link', { name: `session=after ${script}` }).waitFor()
    const rows = page.locator('#requests [data-nav] a')
    expect(await rows.count()).toEqual(1)
    expect(await rows.first().getAttribute('title')).toEqual(`GET ${NAIVE.replace('naive', 'eager')}`)
    expect(await page.getByLabel('Session').inputValue()).toEqual(`after ${script}`)
    await page.context().close()
  })

  test('from a request that was slow, one click shows it beside the newest of its route', async () => {
    await ask(NAIVE)
    const { id } = await newest()
    await ask(NAIVE.replace('naive', 'eager'))
    const page = await open(`/requests/${id}`, script)
    await page.getByRole('link', { name: 'newest', exact: true }).click()
    await page.getByText('51 → 2 queries').waitFor()
    const verdict = await page.getByRole('region', { name: 'Verdict' }).innerText()
    expect(verdict).toMatch(SOLVED)
    expect(verdict).toContain('50 of 51 queries are the same statement')
    await page.context().close()
  })

  test('a finding that was ignored by mistake is open again by Undo', async () => {
    const page = await open('/findings?window=all', script)
    const rows = page.locator('.finds [data-nav]')
    const before = await rows.count()
    await rows.first().getByRole('button', { name: 'Ignore' }).click()
    await page.getByText('The finding is ignored.').waitFor()
    expect(await rows.count()).toEqual(before - 1)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('The finding is open again.').waitFor()
    expect(await rows.count()).toEqual(before)
    await page.context().close()
  })
})

test('the key p pauses and resumes', async () => {
  const page = await open('', true)
  await page.keyboard.press('p')
  await page.getByText('until someone resumes').waitFor()
  await page.keyboard.press('p')
  await page.getByRole('button', { name: /^Recording/ }).waitFor()
  await page.context().close()
})
