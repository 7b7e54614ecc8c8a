import { contextContract } from '../contracts/context-contract.js'

await contextContract('async-local-storage')
