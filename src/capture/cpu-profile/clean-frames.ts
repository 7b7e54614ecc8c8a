import { findSourceMap } from 'node:module'
import { isAbsolute, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fileInPackage } from '../call-sites.js'
import { maskLooks } from '../mask-looks.js'
import type { V8CallFrame, V8Node, V8Profile } from './v8-profile.js'

const MAX_NAME_CHARS = 200
const MAX_URL_CHARS = 500
const CACHED_FILES = 5_000

type Place = Pick<V8CallFrame, 'url' | 'lineNumber' | 'columnNumber'>

/**
 * What may be stored of a profile: names of functions, and files named as call sites are, relative to the project. V8
 * puts no source into a profile; a module that is a `data:` URL has its source in its name, which therefore goes.
 *
 * @returns a cleaner that remembers what it has looked up of files
 */
export function createFrameCleaner(projectRoot: string): (profile: V8Profile) => V8Profile {
  const files = new Map<string, string>()

  function named(url: string): string {
    const known = files.get(url)
    if (known !== undefined) return known
    const name = fileName(url, projectRoot)
    if (files.size >= CACHED_FILES) files.clear()
    if (url.length <= MAX_URL_CHARS) files.set(url, name)
    return name
  }

  function cleaned({ callFrame, ...node }: V8Node): V8Node {
    const { functionName } = callFrame
    const { url, lineNumber, columnNumber } = original(callFrame)
    return {
      ...node,
      callFrame: {
        functionName: maskLooks(functionName.slice(0, MAX_NAME_CHARS)),
        scriptId: '0',
        url: named(url),
        lineNumber,
        columnNumber,
      },
    }
  }

  return (profile) => ({ ...profile, nodes: profile.nodes.map(cleaned) })
}

/** Where a source map says that it was written, in a process that runs with source maps. */
function original({ url, lineNumber, columnNumber }: V8CallFrame): Place {
  const generated = { url, lineNumber, columnNumber }
  if (!url.startsWith('file:') && !isAbsolute(url)) return generated
  try {
    const entry = (findSourceMap(url) ?? findSourceMap(fileURLToPath(url)))?.findEntry(lineNumber, columnNumber)
    if (entry === undefined || !('originalSource' in entry)) return generated
    const { originalSource, originalLine, originalColumn } = entry
    return { url: originalSource, lineNumber: originalLine, columnNumber: originalColumn }
  } catch {
    return generated
  }
}

function fileName(url: string, projectRoot: string): string {
  if (url === '' || url.startsWith('node:')) return url
  if (/^(?:data|blob):/i.test(url)) return url.slice(0, 5).toLowerCase()
  const path = pathOf(url)
  if (path === null) return maskLooks(url.replace(/[?#].*$/s, '').slice(0, MAX_URL_CHARS))
  const inPackage = fileInPackage(path)
  const name = inPackage === null ? relative(projectRoot, path).split(sep).join('/') : `node_modules/${inPackage}`
  return maskLooks(name.slice(0, MAX_URL_CHARS))
}

/** `null`: it is no file of a disk. */
function pathOf(url: string): string | null {
  if (isAbsolute(url)) return url
  if (!url.startsWith('file:')) return null
  try {
    // Without a query: a module may be imported once for each.
    return fileURLToPath(url.replace(/[?#].*$/s, ''))
  } catch {
    return null
  }
}
