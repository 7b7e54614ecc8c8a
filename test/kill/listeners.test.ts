import { join } from 'node:path'
import { expect, test } from 'vitest'
import { answersOf, startApp } from '../faults/support/start-app.js'
import { tempFolder } from '../store/temp-store.js'

test('silk listens to no signal and to no exception of the app: of its process only to the end', async () => {
  const without = await startApp({ store: null })
  const app = await startApp({ store: join(tempFolder(), 'silk.db') })
  await answersOf(app)
  await fetch(`${app.origin}/silk`)
  await app.command('flush')

  const before = (await without.command('listeners')) as Record<string, number>
  const after = (await app.command('listeners')) as Record<string, number>
  const more = Object.keys(after).filter((name) => after[name] !== before[name])
  expect(more).toEqual(['exit'])

  await app.command('close')
  expect(await app.command('listeners')).toEqual(before)
})
