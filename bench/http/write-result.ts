import { writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { drawRatios } from './charts.js'
import { writeBlock } from './document.js'
import type { Result } from './result.js'
import { tablesOf } from './tables.js'
import { targetsOf } from './targets.js'

/** The tables of this Node's run into the document, and a chart for each app beside it. */
export async function writeResult(result: Result, file: string, root: string): Promise<void> {
  const major = Number.parseInt(result.node, 10)
  const pictures: string[] = []
  for (const app of new Set(result.rows.map((row) => row.app))) {
    const name = `${basename(file, '.md')}-${app}-node-${major}.svg`
    const rows = result.rows.filter((row) => row.app === app)
    writeFileSync(join(dirname(file), name), await drawRatios(rows, app, root))
    pictures.push(`![CPU time per request against the bare app, by configuration](${name})`)
  }
  writeBlock(file, `http-node-${major}`, [targetsOf(result), ...pictures, tablesOf(result)].join('\n\n'))
}
