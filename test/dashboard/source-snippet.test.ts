import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSnippetReader, type SourceSnippet } from '../../src/dashboard/source-snippet.js'
import { callSite } from './support/build-recordings.js'

let outside = ''
let root = ''
const written = new Date('2026-11-01T12:00:00Z')

beforeAll(() => {
  outside = mkdtempSync(join(tmpdir(), 'silk-source-'))
  root = join(outside, '.work', 'app')
  for (const folder of ['src', '.git', 'node_modules/x', 'src/.cache'])
    mkdirSync(join(root, folder), { recursive: true })
  const text = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join('\n')
  for (const file of ['src/a.ts', '.env', '.git/config', 'node_modules/x/i.js', 'src/.cache/b.ts', 'src/..odd.ts']) {
    writeFileSync(join(root, file), text)
  }
  writeFileSync(join(outside, 'secret.ts'), text)
  writeFileSync(join(root, 'src/long.ts'), `${'x'.repeat(10_000)}\nshort`)
  writeFileSync(join(root, 'src/huge.ts'), 'x\n'.repeat(1_500_000))
  writeFileSync(join(root, 'src/binary.ts'), 'a\0b')
  writeFileSync(join(root, 'src/windows.ts'), 'one\r\ntwo\r\nthree')
  symlinkSync(join(outside, 'secret.ts'), join(root, 'src/link-out.ts'))
  symlinkSync(join(root, '.env'), join(root, 'src/link-env.ts'))
  symlinkSync(join(root, 'src/a.ts'), join(root, 'src/link-in.ts'))
  utimesSync(join(root, 'src/a.ts'), written, written)
})
afterAll(() => rmSync(outside, { recursive: true }))

function read(file: string, line = 10, recordedAt = written.getTime() + 1): Promise<SourceSnippet | null> {
  return createSnippetReader(root)(callSite({ file, line }), recordedAt, { before: 2, after: 1 })
}

describe('a snippet', () => {
  test('has the lines around the call site, the site itself marked', async () => {
    expect(await read('src/a.ts')).toEqual({
      changedSince: false,
      lines: [
        { number: 8, text: 'line 8', isCallSite: false },
        { number: 9, text: 'line 9', isCallSite: false },
        { number: 10, text: 'line 10', isCallSite: true },
        { number: 11, text: 'line 11', isCallSite: false },
      ],
    })
  })

  test('stops at the ends of the file', async () => {
    const numbers = async (line: number): Promise<unknown> => (await read('src/a.ts', line))?.lines.map((l) => l.number)
    expect([await numbers(1), await numbers(20)]).toEqual([
      [1, 2],
      [18, 19, 20],
    ])
  })

  test('says when the file was written after the recording', async () => {
    expect((await read('src/a.ts', 10, written.getTime() - 1))?.changedSince).toEqual(true)
  })

  test('comes through a link that stays inside the project, and without the returns of Windows', async () => {
    expect((await read('src/link-in.ts'))?.lines.length).toEqual(4)
    expect((await read('src/windows.ts', 2))?.lines.map((line) => line.text)).toEqual(['one', 'two', 'three'])
  })

  test('cuts very long lines', async () => {
    expect((await read('src/long.ts', 1))?.lines[0]?.text.length).toEqual(401)
  })
})

describe('no snippet', () => {
  test.each([
    ['a file that is gone', 'src/gone.ts'],
    ['a folder', 'src'],
    ['the root itself', '.'],
    ['no path', ''],
    ['a file above the project', '../../secret.ts'],
    ['a way out and back', 'src/../../app/src/a.ts'],
    ['a dotfile', '.env'],
    ['a file in a dot-folder', '.git/config'],
    ['a file in a dot-folder below', 'src/.cache/b.ts'],
    ['a name that starts with two dots', 'src/..odd.ts'],
    ['a dependency', 'node_modules/x/i.js'],
    ['a link out of the project', 'src/link-out.ts'],
    ['a link to a dotfile', 'src/link-env.ts'],
    ['a file of several megabytes', 'src/huge.ts'],
    ['a file that is not text', 'src/binary.ts'],
    ['a NUL in the name', 'src/a.ts\0'],
    ['an absolute path outside', '/etc/hostname'],
  ])('for %s', async (_, file) => {
    expect(await read(file, 1)).toEqual(null)
  })

  test('for an absolute path, even inside the project', async () => {
    expect(await read(join(root, 'src/a.ts'))).toEqual(null)
  })

  test.each([0, -1, 21, Number.NaN])('for line %s of a file of 20', async (line) => {
    expect(await read('src/a.ts', line)).toEqual(null)
  })

  test('where the project itself is gone', async () => {
    expect(await createSnippetReader('/nowhere')(callSite({ file: 'src/a.ts' }), 0)).toEqual(null)
  })
})
