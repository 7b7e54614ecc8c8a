import type { Answer } from './answer.js'
import { beside } from './beside.js'
import { bodies } from './bodies.js'
import { compressed } from './compressed.js'
import { connections } from './connections.js'
import { errors } from './errors.js'
import { files } from './files.js'
import { gone } from './gone.js'
import { heads } from './heads.js'
import { invalid } from './invalid.js'
import { left } from './left.js'
import { mounts } from './mounts.js'
import { places } from './places.js'
import { requests } from './requests.js'
import { streams } from './streams.js'
import { timeouts } from './timeouts.js'
import { uploads } from './uploads.js'
import { writeHeads } from './write-head.js'

export const ANSWERS: readonly Answer[] = [
  ...bodies,
  ...heads,
  ...writeHeads,
  ...streams,
  ...files,
  ...compressed,
  ...requests,
  ...uploads,
  ...invalid,
  ...connections,
  ...gone,
  ...left,
  ...timeouts,
  ...errors,
  ...mounts,
  ...places,
  ...beside,
]
