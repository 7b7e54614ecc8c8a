import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

function packedFiles(): readonly string[] {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const options = { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' } as const
  const [tarball] = JSON.parse(execFileSync(npm, ['pack', '--dry-run', '--json', '--ignore-scripts'], options))
  return tarball.files.map((file: { path: string }) => file.path)
}

describe('the package that is published', () => {
  const files = packedFiles()

  test.each(['dist/index.js', 'dist/index.d.ts', 'LICENSE', 'README.md', 'package.json'])('contains %s', (file) => {
    expect(files).toContain(file)
  })

  test.each([
    ['pages', /^views\/[\w-]+\.ejs$/],
    ['assets of the pages', /^views\/assets\/.+\.css$/],
    ['migrations', /^migrations\/[\w-]+\.js$/],
  ])('contains the %s', (_what, pattern) => {
    expect(files).toContainEqual(expect.stringMatching(pattern))
  })

  test('contains nothing else', () => {
    const expected = /^(dist\/.+\.(js|d\.ts)|views\/.+|migrations\/[\w-]+\.js|LICENSE|README\.md|package\.json)$/
    expect(files.filter((file) => !expected.test(file))).toEqual([])
  })

  test('runs no script when it is installed', () => {
    const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
    const ofInstall = ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => name in scripts)
    expect(ofInstall).toEqual([])
  })
})
