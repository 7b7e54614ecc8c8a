import { createRequire } from 'node:module'
import type express from 'express'

const require = createRequire(import.meta.url)

/** Both majors that silk supports, for `describe.each`. */
export const expressVersions: readonly { readonly version: string; readonly express: typeof express }[] = [
  { version: 'Express 4', express: require('express-4') },
  { version: 'Express 5', express: require('express') },
]
