/** The versions of Node that the matrix tries. */
export const NODES = [20, 22, 24] as const
export type NodeMajor = (typeof NODES)[number]

export type Database = 'better-sqlite3' | 'pg' | 'mysql2'

/** How an app is started, in the folder of its project; each of the commands is what follows `node`. */
export interface Host {
  readonly name: string
  /** The file whose loop is to be found. */
  readonly file: string
  readonly commands: readonly (readonly string[])[]
  readonly packages?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

/** A line of the matrix: one app with its versions, on each Node that can have them. */
export interface Row {
  readonly express: '4.18.0' | '4' | '5'
  readonly knex: '0.95' | '1' | '2' | '3'
  readonly database: Database
  readonly host: Host
  /** Of better-sqlite3, where it is not the one that the Node goes with. */
  readonly sqlite?: '13'
  readonly nodes: readonly NodeMajor[]
}

const ESM: Host = { name: 'ESM', file: 'esm.mjs', commands: [['esm.mjs']] }
const COMMONJS: Host = { name: 'CommonJS', file: 'commonjs.cjs', commands: [['commonjs.cjs']] }

const TYPES = ['typescript@7', '@types/express@5', '@types/node@20']
const HOSTS: readonly Host[] = [
  COMMONJS,
  { name: 'TypeScript, by tsx', file: 'typed.ts', commands: [['--import', 'tsx', 'typed.ts']], packages: ['tsx@4'] },
  {
    name: 'TypeScript, compiled',
    file: 'typed.ts',
    commands: [['node_modules/typescript/bin/tsc'], ['--enable-source-maps', 'out/typed.js']],
    packages: TYPES,
  },
  { name: 'Objection', file: 'objection.mjs', commands: [['objection.mjs']], packages: ['objection@3'] },
  { name: 'Bookshelf', file: 'bookshelf.mjs', commands: [['bookshelf.mjs']], packages: ['bookshelf@1'] },
  {
    name: 'in a test of vitest',
    file: 'esm.mjs',
    commands: [['node_modules/vitest/vitest.mjs', 'run', '--dir', '.', '--config', 'vitest.config.mjs']],
    packages: ['vitest@4'],
  },
  {
    name: 'in a test of Jest (ESM), with the option `knex`',
    file: 'esm.mjs',
    commands: [['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', 'jest.config.json']],
    packages: ['jest@30'],
    env: { MATRIX_HIDDEN: '1' },
  },
]

function row(express: Row['express'], knex: Row['knex'], database: Database, host = ESM): Row {
  return { express, knex, database, host, nodes: NODES }
}

const EXPRESSES = ['4.18.0', '4', '5'] as const

/** better-sqlite3 came into knex with version 1. */
export const ROWS: readonly Row[] = [
  ...EXPRESSES.flatMap((express) => [
    row(express, '0.95', 'pg'),
    ...(['1', '2', '3'] as const).map((knex) => row(express, knex, 'better-sqlite3')),
  ]),
  ...(['1', '2', '3'] as const).map((knex) => row('5', knex, 'pg')),
  ...(['0.95', '1', '2', '3'] as const).map((knex) => row('5', knex, 'mysql2')),
  { ...row('5', '3', 'better-sqlite3'), sqlite: '13', nodes: [22] },
  row('4', '3', 'better-sqlite3', COMMONJS),
  ...HOSTS.map((host) => row('5', '3', 'better-sqlite3', host)),
]

/** The better-sqlite3 that an app has: 13 crashes Node 20, and 12 aborts Node 24 when statements are collected. */
export function sqliteOf({ sqlite }: Row, node: NodeMajor): '12' | '13' {
  return sqlite ?? (node === 24 ? '13' : '12')
}

const SHOWN = { 'better-sqlite3': 'better-sqlite3', pg: 'PostgreSQL (pg)', mysql2: 'MariaDB (mysql2)' }

export function nameOf({ express, knex, database, host, sqlite }: Row): string {
  const driver = sqlite ? `better-sqlite3 ${sqlite}` : SHOWN[database]
  return `Express ${express.replace(/\.0$/, '')} · knex ${knex} · ${driver} · ${host.name}`
}

/** What a project has installed. Rows whose packages are the same share one. */
export function packagesOf(row: Row, node: NodeMajor): readonly string[] {
  const hosts = ROWS.filter((other) => other.express === row.express && other.knex === row.knex && !other.sqlite)
  return [
    ...new Set([
      `express@${row.express}`,
      `knex@${row.knex}`,
      `better-sqlite3@${sqliteOf(row, node)}`,
      'pg@8',
      'mysql2@3',
      ...(row.sqlite ? [] : hosts.flatMap(({ host }) => host.packages ?? [])),
    ]),
  ]
}
