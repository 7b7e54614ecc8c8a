import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import { escapeHtml } from './escape.js'
import type { Shell } from './shell.js'
import { createTurn, mapInTurns } from './turn.js'

type View = (locals?: object) => string

/** Where the views lie: at the same depth above `src/` and `dist/`. */
export const VIEWS_DIRECTORY: string = fileURLToPath(new URL('../../views/', import.meta.url))

let preparing: Promise<ReadonlyMap<string, View>> | null = null

/**
 * Compiles all views, once for the life of the process, a few at each turn of the event loop: a page with its partials
 * would hold it for some twenty milliseconds. To be begun while the store is asked for the first page.
 */
export function prepareViews(): Promise<ReadonlyMap<string, View>> {
  preparing ??= compileAll().catch((error: unknown) => {
    preparing = null
    throw error
  })
  return preparing
}

async function compileAll(): Promise<ReadonlyMap<string, View>> {
  const files = await readdir(VIEWS_DIRECTORY, { recursive: true })
  const views = new Map<string, View>()
  const turn = createTurn()
  for (const file of files.filter((name) => name.endsWith('.ejs'))) {
    const filename = path.join(VIEWS_DIRECTORY, file)
    const template = await readFile(filename, 'utf8')
    await turn()
    const view = compile(filename, template)
    // Where includes look for it.
    ejs.cache.set(filename, view)
    views.set(file.replace(/\.ejs$/, '').replaceAll(path.sep, '/'), view)
  }
  return views
}

/**
 * Renders `views/<name>.ejs` with its model as `it.page`.
 *
 * `it` has no more than these two: ejs copies what is in it for every include, of which a page has hundreds.
 */
export async function renderView(name: string, it: { readonly shell: Shell; readonly page: object }): Promise<string> {
  return (await compiledView(name))(it)
}

/**
 * Renders a partial for each item. A long list takes several turns of the event loop.
 *
 * @param modelOf makes what the partial sees as `it`
 */
export async function renderEach<Item>(
  name: string,
  items: readonly Item[],
  modelOf: (item: Item) => object | Promise<object>,
): Promise<string> {
  const view = await compiledView(`partials/${name}`)
  const models = await mapInTurns(items, modelOf)
  return (await mapInTurns(models, (model) => view(model))).join('')
}

async function compiledView(name: string): Promise<View> {
  const view = (await prepareViews()).get(name)
  if (view === undefined) throw new Error(`There is no view "${name}".`)
  return view
}

function compile(filename: string, template: string): View {
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
