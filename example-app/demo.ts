import { profiler, server, url } from './server.js'

/** What the demo reads of the overview's JSON. */
interface Overview {
  findings: { method: string | null; route: string | null; latest: Occurrence }[]
}

interface Occurrence {
  message: string
  callSite: { file: string; line: number } | null
}

const silkUrl = `${url}${process.env.SILK_PATH || '/silk'}`

try {
  await sendTraffic()
  await profiler.flush()
  console.log(await describeDemo())
} catch (error) {
  // Ctrl-C closes the server; what is then still on its way fails.
  if (server.listening) throw error
}

/** A few visitors and one editor: some of each route, so that the first look at silk is not empty. */
async function sendTraffic(): Promise<void> {
  for (const load of ['naive', 'naive-parallel', 'eager', 'join', 'naive', 'eager', 'naive']) {
    await send('GET', `/collections/?include=products&load=${load}`)
    await send('GET', `/products/?include=collection&load=${load}&limit=20`)
  }
  for (const id of [1, 2, 3]) {
    await send('GET', `/collections/${id}/`)
    await send('GET', `/products/?collection_id=${id}&limit=5`)
    await send('GET', `/products/${id}/`)
  }
  await send('GET', '/collections/?search=collection%201')
  await send('GET', '/products/999999/')

  const { access } = await send('POST', '/auth/login/', { username: 'admin', password: 'password123' })
  const { id } = await send('POST', '/products/', { name: 'Made by the demo', collection_id: 1 }, access)
  await send('PATCH', `/products/${id}/`, { name: 'Changed by the demo' }, access)
  await send('PATCH', `/products/${id}/`, { name: '' }, access)
  await send('DELETE', `/products/${id}/`, undefined, access)

  // What it makes it takes away again: the next visitor finds the 50 collections that the seed made.
  const collection = await send('POST', '/collections/', { name: 'Made by the demo' }, access)
  await send('DELETE', `/collections/${collection.id}/`, undefined, access)
}

/** The answer's JSON, whatever its status; `{}` for an answer without a body. */
async function send(method: string, path: string, body?: object, token?: string): Promise<Record<string, string>> {
  const headers = new Headers({ 'content-type': 'application/json' })
  if (token) headers.set('authorization', `Bearer ${token}`)
  const response = await fetch(url + path, { method, headers, body: body ? JSON.stringify(body) : null })
  const text = await response.text()
  return text ? JSON.parse(text) : {}
}

async function describeDemo(): Promise<string> {
  const lines = ['', `page  ${url}/`, `API   ${url}/collections/?include=products&load=naive`]

  const response = await fetch(`${silkUrl}.json`)
  if (response.ok) {
    const { findings } = (await response.json()) as Overview
    lines.push(`silk  ${silkUrl}`, '', ...findings.slice(0, 1).flatMap(describeFinding))
  } else {
    lines.push(`silk  no answer at ${silkUrl} (${response.status}): is it off, by SILK_ENABLED or NODE_ENV?`, '')
  }
  return [...lines, 'Ctrl-C ends it.'].join('\n')
}

function describeFinding({ method, route, latest }: Overview['findings'][number]): string[] {
  const callSite = latest.callSite ? [`  at ${latest.callSite.file}:${latest.callSite.line}`] : []
  return [`Found in ${method} ${route}:`, `  ${latest.message}`, ...callSite, '']
}
