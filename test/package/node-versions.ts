import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const cache = fileURLToPath(new URL('../../node_modules/.cache/express-silk/', import.meta.url))

/** A Node of one version, and how to run things with it. */
export interface NodeVersion {
  /** Runs `node …args` in a folder; resolves with what it printed, rejects with its errors. */
  node(folder: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string>
  /** Runs this machine's npm on this Node. */
  npm(folder: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string>
}

/** The running Node when it is of that version (`20`, `20.19.0`), else one from npm, kept in node_modules/.cache. */
export async function nodeVersion(version: string): Promise<NodeVersion> {
  if (`${process.versions.node}.`.startsWith(`${version}.`)) return versionAt(process.execPath, {})
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const folder = join(cache, `node-${version}`)
  const installed = join(folder, 'node_modules', name)
  const executable = join(installed, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(executable)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    await versionAt(process.execPath, {}).npm(folder, [
      'install',
      '--no-save',
      '--ignore-scripts',
      `${name}@${version}`,
    ])
  }
  // node-gyp would download headers; those that come with this Node are the right ones.
  const hasHeaders = existsSync(join(installed, 'include', 'node', 'node.h'))
  return versionAt(executable, hasHeaders ? { npm_config_nodedir: installed } : {})
}

function versionAt(executable: string, always: NodeJS.ProcessEnv): NodeVersion {
  const start = async (folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const path = `${dirname(executable)}${delimiter}${process.env.PATH}`
    const options = { cwd: folder, env: { ...outerEnv(), PATH: path, ...always, ...env }, maxBuffer: 64 * 1024 * 1024 }
    const { stdout } = await run(executable, [...args], options)
    return stdout
  }
  return { node: start, npm: (folder, args, env) => start(folder, [npmCli(), ...args], env) }
}

/** Without what `npm test` and vitest set for themselves, which would follow into the installs and apps started here. */
function outerEnv(): NodeJS.ProcessEnv {
  const ours = /^(npm_(package|lifecycle)_|npm_config_(local_prefix|nodedir)$|NODE_ENV$|NODE_OPTIONS$|VITEST|SILK_)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)))
}

function npmCli(): string {
  const nodeFolder = dirname(realpathSync(process.execPath))
  const places = [
    process.env.npm_execpath ?? '',
    join(nodeFolder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(nodeFolder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ]
  const found = places.find((place) => place.endsWith('npm-cli.js') && existsSync(place))
  if (found === undefined) throw new Error('npm was not found: run this as `npm run test:packed`.')
  return found
}
