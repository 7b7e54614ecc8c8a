import * as v from 'valibot'

/** Addresses that open a line in an editor, by its name. */
const EDITORS = {
  vscode: 'vscode://file/{file}:{line}:{column}',
  'vscode-insiders': 'vscode-insiders://file/{file}:{line}:{column}',
  vscodium: 'vscodium://file/{file}:{line}:{column}',
  cursor: 'cursor://file/{file}:{line}:{column}',
  windsurf: 'windsurf://file/{file}:{line}:{column}',
  zed: 'zed://file/{file}:{line}:{column}',
  sublime: 'subl://open?url=file://{file}&line={line}&column={column}',
  jetbrains: 'idea://open?file={file}&line={line}&column={column}',
  webstorm: 'webstorm://open?file={file}&line={line}&column={column}',
} as const

export type EditorName = keyof typeof EDITORS

const NAMES = Object.keys(EDITORS)
  .map((name) => `'${name}'`)
  .join(', ')

/** A scheme of its own, and a place for the file. What a browser would run as code is no address. */
const TEMPLATE = /^(?!javascript:|vbscript:|data:)[a-z][a-z\d+.-]*:[^\s"'<>]*\{file\}[^\s"'<>]*$/i

export const editorSchema: v.GenericSchema<string | false> = v.custom<string | false>(
  (value) => value === false || (typeof value === 'string' && (Object.hasOwn(EDITORS, value) || TEMPLATE.test(value))),
  `one of ${NAMES}, or a URL such as 'txmt://open?url=file://{file}&line={line}' with {file} in it, or false`,
)

/** The address to open a line by; `null`: no links. */
export function editorTemplate(given: string | false | undefined): string | null {
  if (given === false) return null
  const name = given ?? 'vscode'
  return Object.hasOwn(EDITORS, name) ? EDITORS[name as EditorName] : name
}
