import type { Transformation } from '../transformation.js'
import { atOnce } from './at-once.js'
import { deeper } from './deeper.js'
import { noisy } from './noisy.js'
import { parallel } from './parallel.js'
import { renamed } from './renamed.js'
import { secondTable } from './second-table.js'

export const TRANSFORMATIONS: readonly Transformation[] = [renamed, deeper, noisy, secondTable, parallel, atOnce]
