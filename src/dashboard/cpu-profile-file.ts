import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Response } from 'express'
import type { PageContext } from './page.js'
import { noProfile } from './pages/cpu-profile.js'

const unzip = promisify(gunzip)
/** Of a file that was never ours. */
const MOST_BYTES = 200_000_000

/**
 * Sends the profile as Chrome's and VS Code's tools read it.
 *
 * @throws PageProblem 404
 */
export async function sendCpuProfile({ reader, params }: PageContext, res: Response): Promise<void> {
  const id = params.id ?? ''
  const packed = await reader.cpuProfileFile(id)
  if (packed === null) throw noProfile(id)
  const file = await unzip(packed, { maxOutputLength: MOST_BYTES })
  res.setHeader('content-type', 'application/json; charset=utf-8')
  res.setHeader('content-disposition', `attachment; filename="silk-${id.replace(/[^\w-]/g, '')}.cpuprofile"`)
  res.setHeader('content-length', file.length)
  res.end(file)
}
