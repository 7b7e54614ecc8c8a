import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'

/** What a process of its own prints, which has loaded no carrier yet. */
function printed(code: string, cwd = process.cwd()): unknown {
  const module = pathToFileURL(join(process.cwd(), 'src/capture/context.ts')).href
  const program = `import { contextCarrier } from ${JSON.stringify(module)}\nimport module from 'node:module'\n${code}`
  const tsx = pathToFileURL(join(process.cwd(), 'node_modules/tsx/dist/loader.mjs')).href
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', tsx, '--input-type=module', '-e', program], {
    cwd,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

const loadsOfClsHooked = `
  let loads = 0
  const load = module._load
  module._load = (name, ...rest) => { if (name === 'cls-hooked') loads++; return load(name, ...rest) }
`

test('cls-hooked is loaded only when it is chosen, and once', () => {
  expect(
    printed(`${loadsOfClsHooked}
      contextCarrier('async-local-storage').run({}, () => {})
      const before = loads
      contextCarrier('cls-hooked'); contextCarrier('cls-hooked')
      console.log(JSON.stringify({ before, after: loads }))`),
  ).toEqual({ before: 0, after: 1 })
})

test('a cls-hooked that cannot be loaded is an error that names the option', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'silk-'))
  try {
    expect(
      printed(
        `
        const load = module._load
        module._load = (name, ...rest) => {
          if (name === 'cls-hooked') throw new Error('Cannot find module')
          return load(name, ...rest)
        }
        try { contextCarrier('cls-hooked') } catch ({ name, code, option, message }) {
          console.log(JSON.stringify({ name, code, option, message }))
        }`,
        elsewhere,
      ),
    ).toEqual({
      name: 'TypeError',
      code: 'ERR_SILK_OPTION',
      option: 'context',
      message:
        "Option `context` is 'cls-hooked', but the package cls-hooked cannot be loaded. Install it (npm install cls-hooked), or leave the option out",
    })
  } finally {
    rmSync(elsewhere, { recursive: true })
  }
})
