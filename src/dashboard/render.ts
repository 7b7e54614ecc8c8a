import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import { escapeHtml } from './escape.js'
import type { Shell } from './shell.js'

type View = (locals: object) => string

/** Where the views lie: at the same depth above `src/` and `dist/`. */
export const VIEWS_DIRECTORY: string = fileURLToPath(new URL('../../views/', import.meta.url))

const compiled = new Map<string, Promise<View>>()

/**
 * Renders `views/<name>.ejs` with its model as `it.page`. Views are compiled once for the life of the process.
 *
 * `it` has no more than these two: ejs copies what is in it for every include, of which a page has hundreds.
 */
export async function renderView(name: string, it: { readonly shell: Shell; readonly page: object }): Promise<string> {
  return (await compiledView(name))(it)
}

/** The event loop is given back after so many milliseconds: the app has requests to answer meanwhile. */
const TURN_MS = 3

/**
 * Renders a partial for each item, one after the other. A long list takes several turns of the event loop.
 *
 * @param modelOf makes what the partial sees as `it`
 */
export async function renderEach<Item>(
  name: string,
  items: readonly Item[],
  modelOf: (item: Item) => object,
): Promise<string> {
  const view = await compiledView(`partials/${name}`)
  const parts: string[] = []
  let since = performance.now()
  for (const item of items) {
    if (performance.now() - since > TURN_MS) {
      await new Promise((resolve) => setImmediate(resolve))
      since = performance.now()
    }
    parts.push(view(modelOf(item)))
  }
  return parts.join('')
}

async function compiledView(name: string): Promise<View> {
  const known = compiled.get(name)
  const compiling = known ?? compile(path.join(VIEWS_DIRECTORY, `${name}.ejs`))
  if (known === undefined) {
    compiled.set(name, compiling)
    compiling.catch(() => compiled.delete(name))
  }
  return compiling
}

async function compile(filename: string): Promise<View> {
  const template = await readFile(filename, 'utf8')
  return ejs.compile(template, {
    filename,
    cache: true,
    strict: true,
    localsName: 'it',
    escape: escapeHtml,
    root: VIEWS_DIRECTORY,
    // The app may use the same copy of ejs with delimiters of its own.
    delimiter: '%',
    openDelimiter: '<',
    closeDelimiter: '>',
  })
}
