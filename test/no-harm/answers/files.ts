import { join } from 'node:path'
import { get, request } from '../support/exchange.js'
import { type Answer, any, file, folder } from './answer.js'

const range = (of: string, more: readonly string[] = []) => ({ request: [get('/', [`Range: ${of}`, ...more])] })

/** Files beyond those of the streams: ranges in all their forms, and what static folders do. */
export const files: readonly Answer[] = [
  any('the last bytes of a file', (_req, res) => res.sendFile(file), range('bytes=-5')),
  any('a file from some byte on', (_req, res) => res.sendFile(file), range('bytes=1000-')),
  any('a range in a unit that is none', (_req, res) => res.sendFile(file), range('lines=1-2')),
  any('a range of a file that has changed', (_req, res) => res.sendFile(file), range('bytes=0-3', ['If-Range: "old"'])),
  any(
    'a range of a file that is to be sent whole',
    (_req, res) => res.sendFile(file, { acceptRanges: false }),
    range('bytes=0-3'),
  ),
  any('HEAD of a part of a file', (_req, res) => res.sendFile(file), {
    request: [request('HEAD', '/', ['Range: bytes=0-3'])],
  }),
  any('a range that the app looks at', (req, res) => res.json(req.range(100)), range('bytes=0-9,20-')),
  any('a range of the app’s own', (_req, res) =>
    res.writeHead(206, { 'content-range': 'bytes 0-1/4', 'content-length': '2' }).end('ab'),
  ),
  any('a file with headers and an age', (_req, res) =>
    res.sendFile('page.html', { root: folder, maxAge: '1d', immutable: true, headers: { 'x-a': '1' } }),
  ),
  any('a file outside its root', (_req, res, note) =>
    res.sendFile('../etc/passwd', { root: folder }, (error) => {
      note(String((error as { status?: number }).status))
      res.sendStatus(403)
    }),
  ),
  any('a file that is hidden', (_req, res) =>
    res.sendFile('.env', { root: folder, dotfiles: 'deny' }, (error) => error && res.status(403).send('hidden')),
  ),
  any('a folder sent as a file', (_req, res) => res.sendFile(folder, (error) => error && res.status(404).end('none'))),
  any(
    'a file, and what is called when it is sent',
    (_req, res, note) => res.sendFile(file, (error) => note(`sent ${error}`)),
    { notes: 1 },
  ),
  any('a download with a name of other letters', (_req, res) => res.download(file, 'Übersicht “1”.html')),
  {
    name: 'a static folder without a slash at its end',
    app: (app, { express }) => app.use('/files', express.static(folder)),
    exchange: { request: [get('/files')] },
  },
  {
    name: 'a static folder that has not what is asked, and the next has',
    app: (app, { express }) =>
      app.use(express.static(join(folder, 'none')), express.static(folder), (_req, res) => void res.send('else')),
    exchange: { request: [get('/other.html')] },
  },
  {
    name: 'a static folder that is asked to write',
    app: (app, { express }) => app.use(express.static(folder, { fallthrough: false })),
    exchange: { request: [request('DELETE', '/page.html')] },
  },
]
