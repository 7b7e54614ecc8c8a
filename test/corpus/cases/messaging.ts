import { setTimeout as pause } from 'node:timers/promises'
import type { Request } from 'express'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { ownTables, rowsOf } from './support/own-tables.js'
import { slowViews } from './support/slow-views.js'
import { smallPool } from './support/small-pool.js'

/** Six channels, of which the first has most messages; ten members, all of them in channel 1, and two in the others. */
const chat = ownTables({
  channels: { rows: rowsOf(6, (n) => ({ title: `channel ${n}`, topic: `topic ${n}`, is_private: n % 2 })) },
  members: { rows: rowsOf(10, (n) => ({ handle: `member ${n}`, mood: `mood ${n}`, last_seen: n })) },
  memberships: {
    rows: rowsOf(20, (n) => ({
      channel_id: n <= 10 ? 1 : 2 + (n % 5),
      member_id: ((n - 1) % 10) + 1,
      last_read_id: n,
    })),
  },
  messages: {
    rows: rowsOf(48, (n) => ({
      channel_id: ((n - 1) % 6) + 1,
      member_id: ((n - 1) % 10) + 1,
      text: `text ${n}`,
      parent_id: Math.floor(n / 3),
    })),
  },
  devices: { rows: rowsOf(12, (n) => ({ member_id: ((n - 1) % 10) + 1, token: `token ${n}`, is_stale: n % 2 })) },
})

/** 640 notices of one member, more than anyone scrolls through. */
const inbox: Pick<CorpusCase, 'tables' | 'dropTables'> = {
  async tables(db) {
    await db.schema.createTable('notices', (table) => {
      table.increments('id')
      table.integer('member_id')
      table.integer('is_read')
      table.string('text')
    })
    const rows = rowsOf(640, (n) => ({ member_id: 1, is_read: n % 4 === 0 ? 1 : 0, text: `notice ${n}` }))
    await db.batchInsert('notices', [...rows], 100)
  },
  dropTables: (db) => db.schema.dropTable('notices'),
}

/** Thirty files of 6 kB each, as they are kept beside their messages. */
const files: Pick<CorpusCase, 'tables' | 'dropTables'> = {
  async tables(db) {
    await db.schema.createTable('attachments', (table) => {
      table.increments('id')
      table.integer('message_id')
      table.string('file_name')
      table.text('content')
    })
    const rows = rowsOf(30, (n) => ({ message_id: n, file_name: `photo-${n}.png`, content: 'base64'.repeat(1_000) }))
    await db('attachments').insert(rows)
  },
  dropTables: (db) => db.schema.dropTable('attachments'),
}

const busyPool = smallPool({ connections: 1, heldMs: 220 })
const ownPool = smallPool({ connections: 1 })
const slowFeeds = slowViews({ feed_report: { table: 'reviews', ms: 70 } })

/** Resolvers of fields, called one per object as a GraphQL server does. */
const resolvers = {
  Message: {
    author: (message: { member_id: number }, db: Knex) => db('members').where('id', message.member_id).first(), // hit: authors-by-a-field-resolver
  },
}

async function repliesTo(db: Knex, parentId: number, depth: number): Promise<readonly object[]> {
  const replies = await db('messages').where('parent_id', parentId).orderBy('id') // hit: thread-with-its-replies
  if (depth === 0) return replies
  return await Promise.all(
    replies.map(async (reply) => ({ ...reply, replies: await repliesTo(db, reply.id, depth - 1) })),
  )
}

async function* deliveries(db: Knex, tokens: readonly string[]): AsyncGenerator<object> {
  for (const token of tokens) {
    const [owner] = (await rawRows(db, 'select member_id from devices where token = ?', [token])) as object[]
    yield { token, ...owner }
  }
}

/** What is found is an array on SQLite, and in `rows` on PostgreSQL. */
async function rawRows(db: Knex, sql: string, bindings: readonly (string | number)[]): Promise<unknown> {
  const answer = await db.raw(sql, bindings) // hit: tokens-by-raw-sql
  return answer.rows ?? answer
}

/** At most `limit` at a time, as p-limit does. */
async function atMost<T>(limit: number, items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items]
  const workers = Array.from({ length: limit }, async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  })
  await Promise.all(workers)
}

async function isMember(db: Knex, channelId: number, memberId: number): Promise<boolean> {
  const row = await db('memberships').where({ channel_id: channelId, member_id: memberId }).first('id') // hit: membership-checked-by-guard-and-service
  return row !== undefined
}

async function postMessage(db: Knex, channelId: number, memberId: number, text: string): Promise<number> {
  if (!(await isMember(db, channelId, memberId))) throw new Error('not a member')
  const [row] = await db('messages')
    .insert({ channel_id: channelId, member_id: memberId, text, parent_id: 0 })
    .returning('id')
  return row.id
}

/** Gathers the ids asked for in one turn of the event loop, and reads them together. */
function memberLoader(db: Knex): (id: number) => Promise<{ readonly handle: string } | undefined> {
  let waiting: { readonly id: number; readonly resolve: (row?: { readonly handle: string }) => void }[] = []
  async function load(): Promise<void> {
    const batch = waiting
    waiting = []
    const rows = await db('members').whereIn('id', [...new Set(batch.map(({ id }) => id))])
    for (const { id, resolve } of batch) resolve(rows.find((row) => row.id === id))
  }
  return (id) =>
    new Promise((resolve) => {
      if (waiting.length === 0) setImmediate(() => void load())
      waiting.push({ id, resolve })
    })
}

const memberOf = (req: Request): number => Number(req.query.as ?? 1)

const hits: readonly CorpusCase[] = [
  {
    name: 'unread-count-of-each-channel',
    request: { url: '/?as=3' },
    ...chat,
    async handler(db, req, res) {
      const channels = await db('channels').orderBy('title')
      const withUnread = await Promise.all(
        channels.map((channel) =>
          db('messages') // hit: unread-count-of-each-channel
            .where('channel_id', channel.id)
            .andWhere('member_id', '<>', memberOf(req))
            .count('* as unread')
            .first()
            .then((counted) => ({ ...channel, unread: Number(counted?.unread) })),
        ),
      )
      res.json(withUnread)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from messages where channel_id = ? and member_id <> ?', count: 6 }],
  },
  {
    name: 'authors-by-a-field-resolver',
    ...chat,
    async handler(db, _req, res) {
      const messages = await db('messages').where('channel_id', 1).orderBy('id')
      const resolved = await Promise.all(
        messages.map(async (message) => {
          const author = await resolvers.Message.author(message, db)
          return { ...message, author }
        }),
      )
      res.json(resolved)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from members where id = ?', count: 8 }],
  },
  {
    name: 'thread-with-its-replies',
    why: 'a tree: the replies of 1, of 3, 4 and 5, and of the nine below them',
    ...chat,
    async handler(db, _req, res) {
      res.json(await repliesTo(db, 1, 2))
    },
    findings: [{ kind: 'n-plus-one', statement: 'from messages where parent_id = ?', count: 13 }],
  },
  {
    name: 'tokens-through-an-async-generator',
    why: 'the line is that of the helper that hands the text to knex',
    request: { method: 'POST', body: { tokens: ['token 1', 'token 2', 'token 3', 'token 5', 'token 8', 'token 9'] } },
    ...chat,
    async handler(db, req, res) {
      const found = []
      for await (const delivery of deliveries(db, req.body.tokens)) found.push(delivery)
      res.json(found)
    },
    findings: [
      {
        kind: 'n-plus-one',
        statement: 'select member_id from devices where token = ?',
        count: 6,
        at: 'tokens-by-raw-sql',
      },
    ],
  },
  {
    name: 'last-message-of-each-channel-by-hand',
    why: 'an index loop over rows, and two statements per turn at two lines',
    ...chat,
    async handler(db, _req, res) {
      const channels = await db.select('id', 'title').from('channels')
      const list = []
      for (let i = 0; i < channels.length; i++) {
        const last = await db('messages').where('channel_id', channels[i].id).orderBy('id', 'desc').first() // hit: last-message-of-each-channel-by-hand
        const author = await db('members').where('id', last.member_id).first('handle')
        list.push({ ...channels[i], last: last.text, by: author.handle })
      }
      res.json(list)
    },
    findings: [
      {
        kind: 'n-plus-one',
        statement: ['from messages where channel_id = ? order by id', 'select handle from members where id = ?'],
        count: 12,
      },
    ],
  },
  {
    name: 'membership-checked-by-guard-and-service',
    request: { method: 'POST', route: '/:channelId', url: '/1?as=4', body: { text: 'hello' } },
    ...chat,
    mount(db, router) {
      router.use('/:channelId', async (req, res, next) => {
        if (await isMember(db, Number(req.params.channelId), memberOf(req))) next()
        else res.status(403).end()
      })
      router.post('/:channelId', async (req, res) => {
        res.json({ id: await postMessage(db, Number(req.params.channelId), memberOf(req), req.body.text) })
      })
    },
    findings: [
      { kind: 'duplicate-query', statement: 'from memberships where channel_id = ? and member_id = ?', count: 2 },
    ],
  },
  {
    name: 'channel-read-for-each-notice',
    why: 'the channel is the same for each member, and an insert could take all of them',
    request: { method: 'POST' },
    ...chat,
    async handler(db, _req, res) {
      const memberIds: number[] = await db('memberships').where('channel_id', 1).pluck('member_id')
      for (const memberId of memberIds) {
        const channel = await db('channels').where('id', 1).first() // hit: channel-read-for-each-notice
        await db('jobs').insert({ status: 'queued', attempts: 0, payload: `${channel.title} to ${memberId}` }) // hit: notice-per-member
      }
      res.json('ok')
    },
    findings: [
      { kind: 'duplicate-query', statement: 'from channels where id = ?', count: 10 },
      { kind: 'write-loop', statement: 'insert into jobs', count: 10, at: 'notice-per-member' },
    ],
  },
  {
    name: 'mark-as-read-three-at-a-time',
    why: 'a worker pool of three does not make one statement of them',
    request: { method: 'PATCH' },
    ...chat,
    async handler(db, _req, res) {
      const mine = await db('memberships').where('channel_id', 1).select('id', 'member_id')
      await atMost(3, mine, async ({ id, member_id }) => {
        await db('memberships') // hit: mark-as-read-three-at-a-time
          .where({ id })
          .update({ last_read_id: 100 + member_id })
      })
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'update memberships set last_read_id = ? where id = ?', count: 10 }],
  },
  {
    name: 'stale-devices-removed-singly',
    request: { method: 'DELETE' },
    ...chat,
    async handler(db, _req, res) {
      const stale = await db('devices').where('is_stale', 1)
      const removals: Promise<number>[] = []
      stale.forEach((device) => {
        removals.push(db('devices').where('token', device.token).del().then()) // hit: stale-devices-removed-singly
      })
      await Promise.all(removals)
      res.json({ removed: removals.length })
    },
    findings: [{ kind: 'write-loop', statement: 'delete from devices where token = ?', count: 6 }],
  },
  {
    name: 'inbox-without-an-end',
    ...inbox,
    async handler(db, req, res) {
      const notices = await db('notices').where('member_id', memberOf(req)).orderBy('id', 'desc') // hit: inbox-without-an-end
      res.json(notices)
    },
    findings: [{ kind: 'unbounded-result', statement: 'from notices where member_id = ?', count: 1 }],
  },
  {
    name: 'badge-from-the-read-rows',
    why: '160 rows for the number on a badge',
    ...inbox,
    async handler(db, _req, res) {
      const read = await db('notices').where({ member_id: 1, is_read: 1 }).select('id') // hit: badge-from-the-read-rows
      res.json({ badge: read.length })
    },
    findings: [
      { kind: 'over-fetch', statement: 'select id from notices where member_id = ? and is_read = ?', count: 1 },
    ],
  },
  {
    name: 'file-names-with-their-contents',
    why: '180 kB read for a list of names',
    ...files,
    async handler(db, _req, res) {
      const rows = await db('attachments').whereBetween('message_id', [1, 30]) // hit: file-names-with-their-contents
      res.json(rows.map(({ id, file_name: name }) => ({ id, name })))
    },
    findings: [{ kind: 'over-fetch', statement: 'select * from attachments where message_id between', count: 1 }],
  },
  {
    name: 'last-seen-noted-after-the-answer',
    request: { url: '/?as=5' },
    lateMs: 200,
    ...chat,
    async handler(db, req, res) {
      const channels = await db('channels').limit(3)
      res.json(channels)
      await pause(20)
      await db('members').where('id', memberOf(req)).update({ last_seen: 99 }) // hit: last-seen-noted-after-the-answer
    },
    findings: [{ kind: 'late-query', statement: 'update members set last_seen = ? where id = ?', count: 1 }],
  },
  {
    name: 'start-page-behind-a-long-job',
    why: 'somebody else has the only connection: all three reads wait for it',
    tables: busyPool.tables,
    dropTables: busyPool.dropTables,
    async handler(_db, _req, res) {
      const pool = busyPool.knex()
      const [tags, banner, jobs] = await Promise.all([
        pool('tags').select('name'), // hit: start-page-behind-a-long-job
        pool('settings').where({ key: 'banner' }).first(),
        pool('jobs').where({ status: 'queued' }).count('* as queued').first(),
      ])
      res.json({ tags, banner, jobs })
    },
    findings: [
      {
        kind: 'pool-wait',
        statement: ['select name from tags', 'from settings where key = ?', 'from jobs where status = ?'],
        count: 3,
      },
    ],
  },
  {
    name: 'feed-beside-its-own-transaction',
    why: 'the transaction is busy for 140 ms on the only connection, and does not wait for the read beside it',
    engines: ['PostgreSQL'],
    async tables(db) {
      await slowFeeds.tables?.(db)
      await ownPool.tables(db)
    },
    async dropTables(db) {
      await ownPool.dropTables(db)
      await slowFeeds.dropTables?.(db)
    },
    async handler(_db, _req, res) {
      const pool = ownPool.knex()
      const reading = pool.transaction(async (trx) => {
        const top = await trx('feed_report').where('stars', 5).first()
        return await trx('feed_report').where('book_id', '>', top.book_id).limit(5)
      })
      await pause(20)
      const tags = await pool('tags').orderBy('name') // hit: feed-beside-its-own-transaction
      const feed = await reading
      res.json({ feed, tags })
    },
    findings: [{ kind: 'pool-wait', statement: 'from tags order by name', count: 1 }],
  },
  {
    name: 'search-in-all-messages',
    ...slowViews({ message_search: { table: 'reviews', ms: 160 } }),
    request: { url: '/?q=7' },
    async handler(db, req, res) {
      const found = await db('message_search') // hit: search-in-all-messages
        .whereLike('body', `%${req.query.q}%`)
        .orderBy('id', 'desc')
        .limit(5)
      res.json(found)
    },
    findings: [{ kind: 'slow-query', statement: 'from message_search where', count: 1 }],
  },
  {
    name: 'targets-of-mixed-notices',
    why: 'what a notice points at is of one table or of the other: one loop, six of each',
    ...chat,
    async handler(db, _req, res) {
      const targets = await db('messages').where('id', '<=', 12).select('id', 'member_id').orderBy('id')
      const shown = []
      for (const { id } of targets) {
        if (id % 2 === 1) {
          shown.push(await db('devices').where({ id }).first('token')) // hit: targets-of-mixed-notices
        } else {
          shown.push(await db('memberships').where({ id }).first('channel_id'))
        }
      }
      res.json(shown)
    },
    findings: [
      {
        kind: 'n-plus-one',
        statement: ['select token from devices where id = ?', 'select channel_id from memberships where id = ?'],
        count: 12,
      },
    ],
  },
  {
    name: 'members-seen-in-a-for-each-nobody-awaits',
    why: 'a loop of writes, and all of them end after the response',
    request: { method: 'POST', body: { seen: [1, 2, 3, 4, 5, 6] } },
    lateMs: 250,
    ...chat,
    async handler(db, req, res) {
      req.body.seen.forEach(async (id: number) => {
        await pause(30)
        await db('members') // hit: members-seen-in-a-for-each-nobody-awaits
          .where({ id })
          .update({ last_seen: 50 + id })
      })
      res.json('ok')
    },
    findings: [
      { kind: 'write-loop', statement: 'update members set last_seen = ? where id = ?', count: 6 },
      { kind: 'late-query', statement: 'update members set last_seen = ? where id = ?', count: 6 },
    ],
  },
  {
    name: 'devices-while-members-are-streamed',
    why: 'the stream has one connection, and each row takes another',
    engines: ['PostgreSQL'],
    ...chat,
    async handler(db, _req, res) {
      const lines: string[] = []
      for await (const member of db('members').orderBy('id').stream()) {
        const devices = await db('devices').where('member_id', member.id).pluck('token') // hit: devices-while-members-are-streamed
        lines.push(`${member.handle}: ${devices.join()}`)
      }
      res.json(lines)
    },
    findings: [{ kind: 'n-plus-one', statement: 'select token from devices where member_id = ?', count: 10 }],
  },
]

const nearMisses: readonly CorpusCase[] = [
  {
    name: 'authors-by-a-loader',
    ...chat,
    async handler(db, _req, res) {
      const load = memberLoader(db)
      const messages = await db('messages').limit(20)
      const authors = await Promise.all(messages.map(({ member_id: id }) => load(id)))
      res.json(authors.map((author) => author?.handle))
    },
    findings: [],
  },
  {
    name: 'long-poll-for-a-new-message',
    why: 'asks until there is something newer, a little later each time',
    ...chat,
    async handler(db, _req, res) {
      let newer = []
      for (let tries = 0; tries < 6 && newer.length === 0; tries++) {
        if (tries > 0) await pause(15)
        newer = await db('messages').where('channel_id', 2).where('id', '>', 48)
      }
      res.json(newer)
    },
    findings: [],
  },
  {
    name: 'search-everywhere-at-once',
    why: 'five tables, one statement each',
    request: { url: '/?q=3' },
    ...chat,
    async handler(db, req, res) {
      const like = `%${req.query.q}`
      const found = await Promise.all([
        db('channels').whereLike('title', like),
        db('members').whereLike('handle', like),
        db('messages').whereLike('text', like).limit(10),
        db('devices').whereLike('token', like),
        db('tags').whereLike('name', like),
      ])
      res.json(found.flat())
    },
    findings: [],
  },
  {
    name: 'notices-for-all-members-at-once',
    request: { method: 'POST' },
    ...chat,
    async handler(db, _req, res) {
      const memberIds: number[] = await db('memberships').where('channel_id', 1).pluck('member_id')
      await db('jobs').insert(memberIds.map((id) => ({ status: 'queued', attempts: 0, payload: `to ${id}` })))
      res.json({ queued: memberIds.length })
    },
    findings: [],
  },
  {
    name: 'inbox-of-the-newest',
    ...inbox,
    async handler(db, _req, res) {
      res.json(await db('notices').where('member_id', 1).orderBy('id', 'desc').limit(50))
    },
    findings: [],
  },
  {
    name: 'unread-by-the-database-beside-the-newest',
    why: 'the rows are few, and the number is counted by the database',
    ...inbox,
    async handler(db, _req, res) {
      const [newest, counted] = await Promise.all([
        db('notices').where('member_id', 1).orderBy('id', 'desc').limit(20),
        db('notices').where({ member_id: 1, is_read: 0 }).count('* as unread').first(),
      ])
      res.json({ newest, unread: Number(counted?.unread) })
    },
    findings: [],
  },
  {
    name: 'one-file-sent-as-it-is',
    why: 'big, and all of it in the answer',
    request: { url: '/3', route: '/:id' },
    ...files,
    async handler(db, req, res) {
      const file = await db('attachments').where('id', Number(req.params.id)).first('file_name', 'content')
      res.type('text/plain').send(file.content)
    },
    findings: [],
  },
  {
    name: 'last-seen-beside-the-answer-in-time',
    why: 'begun with the read, and waited for before the answer',
    request: { url: '/?as=5' },
    ...chat,
    async handler(db, req, res) {
      const [channels] = await Promise.all([
        db('channels').limit(3),
        db('members').where('id', memberOf(req)).update({ last_seen: 99 }),
      ])
      res.json(channels)
    },
    findings: [],
  },
  {
    name: 'edit-and-show-the-message',
    why: 'the message as it was, and as it is after the edit',
    request: { method: 'PATCH', body: { text: 'edited' } },
    ...chat,
    async handler(db, req, res) {
      const before = await db('messages').where('id', 7).first()
      await db('messages').where('id', 7).update({ text: req.body.text })
      const after = await db('messages').where('id', 7).first()
      res.json({ before: before.text, after: after.text })
    },
    findings: [],
  },
  {
    name: 'conversation-of-two',
    why: 'both sides by one helper, written out: never more than two',
    ...chat,
    async handler(db, _req, res) {
      const member = (id: number): Knex.QueryBuilder => db('members').where({ id }).first()
      const me = await member(1)
      const other = await member(2)
      const messages = await db('messages').whereIn('member_id', [me.id, other.id]).orderBy('id')
      res.json({ me, other, messages })
    },
    findings: [],
  },
  {
    name: 'purge-in-chunks-of-ids',
    why: 'forty-eight rows, eight per statement, so that no lock is held for long',
    request: { method: 'DELETE' },
    ...chat,
    async handler(db, _req, res) {
      let removed = 0
      for (;;) {
        const ids: number[] = await db('messages').where('id', '<=', 48).orderBy('id').limit(8).pluck('id')
        if (ids.length === 0) break
        removed += await db('messages').whereIn('id', ids).del()
      }
      res.json({ removed })
    },
    findings: [],
  },
  {
    name: 'reaction-upserted',
    why: 'one row, however often it is clicked',
    request: { method: 'PUT' },
    async handler(db, _req, res) {
      await db('settings').insert({ key: 'theme', value: 'dark' }).onConflict('key').merge()
      res.json(await db('settings').where('key', 'theme').first())
    },
    findings: [],
  },
  {
    name: 'presence-asked-at-two-moments',
    why: 'somebody may have come in the meantime: that is what the second look is for',
    ...chat,
    async handler(db, _req, res) {
      const presence = (): Knex.QueryBuilder => db('members').where('last_seen', '>', 5).count('* as online').first()
      const outcomes = []
      for (const waitMs of [0, 40]) {
        await pause(waitMs)
        outcomes.push(await presence())
      }
      res.json(outcomes)
    },
    findings: [],
  },
  {
    name: 'mentions-in-one-message',
    why: 'a long list, in one statement',
    request: { method: 'POST', body: { handles: ['member 1', 'member 2', 'member 4', 'member 8', 'nobody'] } },
    ...chat,
    async handler(db, req, res) {
      const members = await db('members').whereIn('handle', req.body.handles).select('id', 'handle')
      await db('jobs').insert(members.map(({ id }) => ({ status: 'queued', attempts: 0, payload: `mention ${id}` })))
      res.json(members)
    },
    findings: [],
  },
  {
    name: 'outbox-claimed-and-sent',
    why: 'three jobs at most, each locked by an update of its own before it is sent',
    request: { method: 'POST' },
    async handler(db, _req, res) {
      const sent: number[] = []
      for (;;) {
        const job = await db('jobs').where('status', 'queued').orderBy('id').first()
        if (job === undefined) break
        const claimed = await db('jobs').where({ id: job.id, status: 'queued' }).update({ status: 'sent' })
        if (claimed === 1) sent.push(job.id)
      }
      res.json(sent)
    },
    findings: [],
  },
  {
    name: 'pinned-by-guard-and-by-page',
    why: 'four by the middleware and three by the handler: two short loops over one statement',
    ...chat,
    mount(db, router) {
      router.use(async (_req, res, next) => {
        res.locals.pinned = []
        for (const id of [1, 2, 3, 4]) res.locals.pinned.push(await db('messages').where({ id }).first())
        next()
      })
      router.get('/', async (_req, res) => {
        const starred = []
        for (const id of [21, 22, 23]) starred.push(await db('messages').where({ id }).first())
        res.json({ pinned: res.locals.pinned, starred })
      })
    },
    findings: [],
  },
]

/** Channels, messages and notices. */
export const cases: readonly CorpusCase[] = [...hits, ...nearMisses]
