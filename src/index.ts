import { silk } from './profiler.js'

export type { NewFinding } from './model/new-finding.js'
export type { SilkOptions } from './options.js'
export type { Profiler } from './profiler.js'
export { silk }
export default silk
// So that `require('express-silk')` is the function itself, with its members.
export { silk as 'module.exports' }
