import path from 'node:path'
import type { CallSite } from '../model/call-site.js'

/** The address that opens a line in the reader's editor; `null`: there is none. */
export type EditorLinks = (site: Pick<CallSite, 'file' | 'line' | 'column'> | null) => string | null

/**
 * @param template a URL with `{file}`, `{line}` and `{column}`; `null`: no links
 * @param projectRoot absolute; call sites are relative to it
 */
export function createEditorLinks(template: string | null, projectRoot: string): EditorLinks {
  return (site) => {
    // What a source map made of a file of no disk (`webpack://…`) cannot be opened.
    if (template === null || site === null || /^[a-z][a-z\d+.-]+:/i.test(site.file)) return null
    const values: Readonly<Record<string, string>> = {
      file: urlPath(path.resolve(projectRoot, site.file)),
      line: String(site.line),
      column: String(site.column),
    }
    // `vscode://file/` is followed by `C:/…` or, without a slash of its own, by what follows the root.
    return template
      .replace('://file/{file}', () => `://file/${values.file?.replace(/^\//, '')}`)
      .replace(/\{(file|line|column)\}/g, (_, name: string) => values[name] ?? '')
  }
}

/** A path as it may stand anywhere in a URL: `C:\a b` is `C:/a%20b`. */
function urlPath(file: string): string {
  return file
    .split(path.sep)
    .map((part) => encodeURIComponent(part.replace(/[\ud800-\udfff]/g, '')).replaceAll('%3A', ':'))
    .join('/')
}
