import { createNamespace, getNamespace } from 'cls-hooked'
import { expect, test } from 'vitest'
import { contextCarrier } from '../../src/capture/context.js'
import { contextContract } from '../contracts/context-contract.js'

// An app that lives on cls-hooked has its own namespace before silk comes.
const own = createNamespace('the app')

await contextContract('cls-hooked')

test('the app’s own namespace is found as before, and works beside', () => {
  contextCarrier('cls-hooked').run({}, () => {
    own.run(() => {
      own.set('user', 7)
      expect(getNamespace('the app')?.get('user')).toBe(7)
    })
  })
})
