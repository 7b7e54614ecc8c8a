import { setTimeout as pause } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { CorpusCase } from '../corpus-case.js'
import { ownTables, rowsOf } from './support/own-tables.js'
import { slowViews } from './support/slow-views.js'

/** Three rooms in each of eight hotels; forty stays, two of each guest. */
const hotel = ownTables({
  hotels: { rows: rowsOf(8, (n) => ({ name: `hotel ${n}`, city: `city ${n % 4}`, stars: 2 + (n % 4) })) },
  rooms: { rows: rowsOf(24, (n) => ({ hotel_id: ((n - 1) % 8) + 1, number: 100 + n, rate_cents: 5_000 + n * 100 })) },
  guests: { rows: rowsOf(20, (n) => ({ name: `guest ${n}`, tier: n % 2 === 0 ? 'gold' : 'basic', points: n })) },
  stays: {
    rows: rowsOf(40, (n) => ({
      room_id: ((n - 1) % 24) + 1,
      guest_id: ((n - 1) % 20) + 1,
      arrival: `2026-12-${10 + (n % 9)}`,
      nights: 1 + (n % 5),
      status: n % 4 === 0 ? 'cancelled' : 'requested',
      version: 1,
    })),
  },
})

/** A journey of nine legs, each of which says which one follows; the last one is followed by 0. */
const journey = ownTables({
  legs: {
    rows: rowsOf(9, (n) => ({ origin: `stop ${n}`, destination: `stop ${n + 1}`, next_leg_id: n < 9 ? n + 1 : 0 })),
  },
})

const tripReports = slowViews({
  stay_report: { table: 'orders', ms: 60 },
  guest_report: { table: 'customers', ms: 60 },
})

interface Stay {
  readonly id: number
  readonly room_id: number
  readonly guest_id: number
  readonly nights: number
}

/** Turns stays into what the app shows. */
class StayPresenter {
  constructor(knex: Knex) {
    this.knex = knex
  }
  private readonly knex: Knex

  async present(stay: Stay): Promise<object> {
    const room = await this.knex('rooms').where({ id: stay.room_id }).first() // hit: stays-by-a-presenter
    const guest = await this.knex.select('name', 'tier').from('guests').where({ id: stay.guest_id }).first()
    return { id: stay.id, number: room.number, guest: guest.name, total: room.rate_cents * stay.nights }
  }
}

async function legsFrom(db: Knex, id: number): Promise<readonly object[]> {
  if (id === 0) return []
  const leg = await db('legs').where('id', id).first() // hit: journey-leg-after-leg
  return [leg, ...(await legsFrom(db, leg.next_leg_id))]
}

async function loadGuest(db: Knex, id: number): Promise<{ readonly tier: string; readonly points: number }> {
  return await db('guests').where({ id }).first() // hit: guest-for-the-greeting-and-the-discount
}

async function greeting(db: Knex, guestId: number): Promise<string> {
  const { points } = await loadGuest(db, guestId)
  return `welcome back, you have ${points} points`
}

async function discountOf(db: Knex, guestId: number): Promise<number> {
  const guest = await loadGuest(db, guestId)
  return guest.tier === 'gold' ? 10 : 0
}

async function taxPercent(db: Knex): Promise<number> {
  const row = await db('settings').where('key', 'tax_rate').first('value') // hit: tax-looked-up-per-room
  return row.value.length
}

function nightsOf(arrival: string, count: number): readonly string[] {
  const first = Date.parse(arrival)
  return Array.from({ length: count }, (_, n) => new Date(first + n * 86_400_000).toISOString().slice(0, 10))
}

/** The payment provider. */
async function authorise(cents: number): Promise<{ readonly reference: string }> {
  await pause(180)
  return { reference: `ref-${cents}` }
}

async function sendConfirmation(db: Knex, stayId: number): Promise<void> {
  await pause(40)
  await db('jobs').insert({ status: 'done', attempts: 1, payload: `confirmation of ${stayId}` }) // hit: confirmation-sent-on-the-side
}

const hits: readonly CorpusCase[] = [
  {
    name: 'cheapest-room-of-each-hotel',
    ...hotel,
    async handler(db, _req, res) {
      const hotels = await db('hotels').select('id', 'name').orderBy('name')
      const offers = await Promise.all(
        hotels.map(async ({ id, name }) => {
          const room = await db('rooms').where('hotel_id', id).orderBy('rate_cents').first() // hit: cheapest-room-of-each-hotel
          return { name, from: room?.rate_cents ?? null }
        }),
      )
      res.json({ offers })
    },
    findings: [{ kind: 'n-plus-one', statement: 'from rooms where hotel_id = ? order by rate_cents', count: 8 }],
  },
  {
    name: 'arrivals-of-each-night',
    why: 'a list of days in the code: one statement that groups by day would do',
    request: { url: '/?from=2026-12-10' },
    ...hotel,
    async handler(db, req, res) {
      const arrivals: Record<string, number> = {}
      for (const night of nightsOf(String(req.query.from), 7)) {
        const counted = await db('stays').where('arrival', night).count({ arriving: 'id' }).first() // hit: arrivals-of-each-night
        arrivals[night] = Number(counted?.arriving)
      }
      res.json(arrivals)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from stays where arrival = ?', count: 7 }],
  },
  {
    name: 'journey-leg-after-leg',
    why: 'a recursion along rows that point at each other: a recursive query reads them at once',
    request: { route: '/:legId', url: '/1' },
    ...journey,
    async handler(db, req, res) {
      res.json(await legsFrom(db, Number(req.params.legId)))
    },
    findings: [{ kind: 'n-plus-one', statement: 'from legs where id = ?', count: 9 }],
  },
  {
    name: 'stays-by-a-presenter',
    why: 'a method with two queries, called once per row',
    ...hotel,
    async handler(db, _req, res) {
      const presenter = new StayPresenter(db)
      const stays: Stay[] = await db('stays').where('status', 'cancelled').orderBy('id')
      const shown = []
      for (const stay of stays) shown.push(await presenter.present(stay))
      res.json(shown)
    },
    findings: [
      {
        kind: 'n-plus-one',
        statement: ['select * from rooms where id = ?', 'select name, tier from guests where id = ?'],
        count: 20,
      },
    ],
  },
  {
    name: 'rooms-of-hotels-and-their-stays',
    why: 'a loop inside a loop, each with a statement of its own',
    ...hotel,
    async handler(db, _req, res) {
      const hotels = await db('hotels')
      for (const one of hotels) {
        one.rooms = await db('rooms').where('hotel_id', one.id) // hit: rooms-of-hotels-and-their-stays
        for (const room of one.rooms) {
          room.stays = await db('stays').where('room_id', room.id).whereNot('status', 'cancelled') // hit: stays-of-their-rooms
        }
      }
      res.json(hotels)
    },
    findings: [
      { kind: 'n-plus-one', statement: 'from rooms where hotel_id = ?', count: 8 },
      { kind: 'n-plus-one', statement: 'from stays where room_id = ?', count: 24, at: 'stays-of-their-rooms' },
    ],
  },
  {
    name: 'confirm-what-was-ticked',
    why: 'reads each before it writes it: two findings; one of the seven is cancelled and stays so',
    request: { method: 'PATCH', body: { ids: [1, 2, 3, 4, 5, 6, 7] } },
    ...hotel,
    async handler(db, req, res) {
      let confirmed = 0
      for (const id of req.body.ids as number[]) {
        const stay = await db('stays').where({ id }).first('status') // hit: confirm-what-was-ticked
        if (stay.status !== 'requested') continue
        await db('stays').where({ id }).update({ status: 'confirmed' }) // hit: confirm-each
        confirmed++
      }
      res.json({ confirmed })
    },
    findings: [
      { kind: 'n-plus-one', statement: 'select status from stays where id = ?', count: 7 },
      { kind: 'write-loop', statement: 'update stays set status = ? where id = ?', count: 6, at: 'confirm-each' },
    ],
  },
  {
    name: 'guest-for-the-greeting-and-the-discount',
    request: { route: '/guests/:id', url: '/guests/4' },
    ...hotel,
    async handler(db, req, res) {
      const id = Number(req.params.id)
      const text = await greeting(db, id)
      const percent = await discountOf(db, id)
      res.json({ text, percent })
    },
    findings: [{ kind: 'duplicate-query', statement: 'from guests where id = ?', count: 2 }],
  },
  {
    name: 'tax-looked-up-per-room',
    why: 'the same setting for each room: a value to load once, and no N+1',
    ...hotel,
    async handler(db, _req, res) {
      const rooms = await db('rooms').where('rate_cents', '<', 6_000).orderBy('id')
      const quotes = []
      for (const room of rooms) quotes.push({ ...room, gross: room.rate_cents * (100 + (await taxPercent(db))) })
      res.json(quotes)
    },
    findings: [{ kind: 'duplicate-query', statement: 'select value from settings where key = ?', count: 9 }],
  },
  {
    name: 'block-nights-in-a-reduce-chain',
    request: { method: 'POST', body: { roomId: 3, from: '2026-12-24', nights: 6 } },
    ...hotel,
    async handler(db, req, res) {
      const { roomId, from, nights } = req.body
      await nightsOf(from, nights).reduce(
        (before, arrival) =>
          before.then(async () => {
            const night = { room_id: roomId, guest_id: 1, arrival, nights: 1, status: 'blocked', version: 1 }
            await db('stays').insert(night) // hit: block-nights-in-a-reduce-chain
          }),
        Promise.resolve(),
      )
      res.json({ blocked: nights })
    },
    findings: [{ kind: 'write-loop', statement: 'insert into stays', count: 6 }],
  },
  {
    name: 'points-per-guest-in-a-while-loop',
    request: { method: 'POST' },
    ...hotel,
    async handler(db, _req, res) {
      const gold = await db('guests').where('tier', 'gold').orderBy('id')
      while (gold.length > 0) {
        const guest = gold.shift()
        await db('guests') // hit: points-per-guest-in-a-while-loop
          .where('id', guest.id)
          .increment('points', guest.points * 2)
      }
      res.json('ok')
    },
    findings: [{ kind: 'write-loop', statement: 'update guests set points = points + ? where id = ?', count: 10 }],
  },
  {
    name: 'hotel-payment-in-a-transaction',
    request: { method: 'POST', body: { stayId: 5 } },
    ...hotel,
    async handler(db, req, res) {
      const trx = await db.transaction() // hit: hotel-payment-in-a-transaction
      const stay = await trx('stays').where('id', req.body.stayId).first()
      const room = await trx('rooms').where('id', stay.room_id).first()
      const { reference } = await authorise(room.rate_cents * stay.nights)
      await trx('stays').where('id', stay.id).update({ status: 'paid' })
      await trx.commit()
      res.json({ reference })
    },
    findings: [{ kind: 'long-transaction', statement: 'begin', count: 1 }],
  },
  {
    name: 'confirmation-sent-on-the-side',
    request: { method: 'POST', body: { stayId: 2 } },
    lateMs: 200,
    ...hotel,
    async handler(db, req, res) {
      const { stayId } = req.body
      await db('stays').where('id', stayId).update({ status: 'confirmed' })
      sendConfirmation(db, stayId).catch(() => {})
      res.json({ stayId })
    },
    findings: [{ kind: 'late-query', statement: 'insert into jobs', count: 1 }],
  },
  {
    name: 'trip-overview-step-by-step',
    why: 'stays and guests of a country: neither is needed for the other',
    engines: ['PostgreSQL'],
    ...tripReports,
    async handler(db, _req, res) {
      const stays = await db('stay_report').where('status', 'open').orderBy('placed_on').limit(10) // hit: trip-overview-step-by-step
      const guests = await db('guest_report').where('country', 'PT').select('id', 'name')
      res.json({ stays, guests })
    },
    findings: [
      { kind: 'sequential-queries', statement: ['from stay_report where status', 'from guest_report where'], count: 2 },
    ],
  },
  {
    name: 'search-over-its-budget',
    why: 'six queries where the route allows four; none is wrong by itself, and four of them are pages of rooms',
    budget: { queries: 4 },
    ...hotel,
    async handler(db, _req, res) {
      const cities = await db('hotels').distinct('city')
      const gold = await db('guests').where('tier', 'gold').count({ count: 'id' }).first()
      const rooms = []
      for (let page = 0; page < 4; page++) {
        const offset = page * 6
        rooms.push(...(await db('rooms').orderBy('id').limit(6).offset(offset))) // hit: search-over-its-budget
      }
      res.json({ cities, gold, rooms })
    },
    findings: [{ kind: 'query-budget', statement: 'select * from rooms order by id', count: 6 }],
  },
  {
    name: 'availability-of-room-and-night',
    why: 'two values vary at once: the pairs of a cart',
    request: { method: 'POST', body: { cart: [1, 2, 3, 4, 5, 6].map((n) => ({ room: n, night: `2026-12-1${n}` })) } },
    ...hotel,
    async handler(db, req, res) {
      const taken = []
      for (const { room, night } of req.body.cart) {
        const stay = await db('stays').where({ room_id: room, arrival: night }).first() // hit: availability-of-room-and-night
        if (stay) taken.push({ room, night })
      }
      res.json(taken)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from stays where room_id = ? and arrival = ?', count: 6 }],
  },
  {
    name: 'guests-by-callbacks',
    why: 'older code: each callback starts the next query',
    ...hotel,
    handler(db, _req, res, next) {
      const names: string[] = []
      const ids = [2, 4, 6, 8, 10, 12, 14]
      const one = (): void => {
        const id = ids.shift()
        if (id === undefined) return void res.json(names)
        const query = db('guests').whereRaw('id = ?', [id]).first() // hit: guests-by-callbacks
        query.asCallback((error: Error | null, guest: { name: string }) => {
          if (error) return next(error)
          names.push(guest.name)
          one()
        })
      }
      one()
    },
    findings: [{ kind: 'n-plus-one', statement: 'from guests where id = ?', count: 7 }],
  },
  {
    name: 'check-in-with-a-pause-per-key-card',
    why: 'each card takes a moment, and the connection is held all the while; the updates are a loop besides',
    request: { method: 'POST' },
    ...hotel,
    async handler(db, _req, res) {
      const trx = await db.transaction() // hit: check-in-with-a-pause-per-key-card
      for (const id of [1, 2, 3, 5, 6, 7]) {
        await trx('stays').where({ id }).update({ status: 'here' }) // hit: check-in-of-each
        await pause(45)
      }
      await trx.commit()
      res.json('ok')
    },
    findings: [
      { kind: 'long-transaction', statement: 'begin', count: 1 },
      { kind: 'write-loop', statement: 'update stays set status = ? where id = ?', count: 6, at: 'check-in-of-each' },
    ],
  },
]

const nearMisses: readonly CorpusCase[] = [
  {
    name: 'rooms-grouped-in-the-app',
    ...hotel,
    async handler(db, _req, res) {
      const hotels = await db('hotels').orderBy('id')
      const rooms = await db('rooms').whereIn(
        'hotel_id',
        hotels.map(({ id }) => id),
      )
      const byHotel = new Map<number, object[]>()
      for (const room of rooms) byHotel.set(room.hotel_id, [...(byHotel.get(room.hotel_id) ?? []), room])
      res.json(hotels.map((one) => ({ ...one, rooms: byHotel.get(one.id) ?? [] })))
    },
    findings: [],
  },
  {
    name: 'trip-of-three-legs',
    why: 'a loop over the legs of one trip, and a trip has three',
    request: { method: 'POST', body: { legs: [2, 5, 7] } },
    ...journey,
    async handler(db, req, res) {
      const legs = []
      for (const id of req.body.legs) legs.push(await db('legs').where({ id }).first())
      res.json(legs)
    },
    findings: [],
  },
  {
    name: 'rooms-of-two-itineraries',
    why: 'three of one and three of the other, at two places: neither loop is long',
    request: { method: 'POST', body: { there: [1, 2, 3], back: [11, 12, 13] } },
    ...hotel,
    async handler(db, req, res) {
      const there = await Promise.all(req.body.there.map((id: number) => db('rooms').where({ id }).first()))
      const back = await Promise.all(req.body.back.map((id: number) => db('rooms').where({ id }).first()))
      res.json({ there, back })
    },
    findings: [],
  },
  {
    name: 'first-hotel-with-a-free-room',
    why: 'ends at the second hotel of eight',
    ...hotel,
    async handler(db, _req, res) {
      const hotels = await db('hotels').orderBy('id')
      let free: unknown
      for (const { id } of hotels) {
        free = await db('rooms').where('hotel_id', id).where('number', 110).first()
        if (free) break
      }
      res.json(free)
    },
    findings: [],
  },
  {
    name: 'booking-with-an-optimistic-lock',
    why: 'read again because somebody else has changed the row meanwhile',
    request: { method: 'PUT', body: { stayId: 9, staleVersion: 0 } },
    ...hotel,
    async handler(db, req, res) {
      let expected = req.body.staleVersion
      for (let attempt = 0; attempt < 3; attempt++) {
        const stay = await db('stays').where('id', req.body.stayId).first()
        const changed = await db('stays')
          .where({ id: stay.id, version: expected })
          .update({ status: 'moved', version: stay.version + 1 })
        if (changed === 1) break
        expected = stay.version
      }
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'overlap-checked-before-and-after',
    why: 'the second count is there to see whether another stay came in between',
    request: { method: 'POST' },
    ...hotel,
    async handler(db, _req, res) {
      const overlapping = (trx: Knex.Transaction): Knex.QueryBuilder =>
        trx('stays').where({ room_id: 2, arrival: '2026-12-12' }).count({ count: 'id' }).first()
      const outcome = await db.transaction(async (trx) => {
        const before = await overlapping(trx)
        await trx('stays').insert({
          room_id: 2,
          guest_id: 3,
          arrival: '2026-12-12',
          nights: 2,
          status: 'requested',
          version: 1,
        })
        const after = await overlapping(trx)
        return { before, after }
      })
      res.json(outcome)
    },
    findings: [],
  },
  {
    name: 'stays-page-by-page',
    why: 'forty rows, eight at a time, each page from where the last one ended',
    ...hotel,
    async handler(db, _req, res) {
      const seen: number[] = []
      let after = 0
      for (;;) {
        const page = await db('stays').where('id', '>', after).orderBy('id').limit(8)
        if (page.length === 0) break
        seen.push(...page.map(({ nights }) => nights))
        after = page[page.length - 1].id
      }
      res.json({ nights: seen.reduce((sum, nights) => sum + nights, 0) })
    },
    findings: [],
  },
  {
    name: 'histogram-of-room-rates',
    why: 'six ranges of rates, each a bucket of the histogram',
    ...hotel,
    async handler(db, _req, res) {
      const histogram = []
      for (let from = 5_000; from < 8_000; from += 500) {
        const bucket = await db('rooms')
          .whereBetween('rate_cents', [from, from + 499])
          .count({ rooms: 'id' })
          .first()
        histogram.push({ from, rooms: Number(bucket?.rooms) })
      }
      res.json(histogram)
    },
    findings: [],
  },
  {
    name: 'season-inserted-in-chunks',
    why: 'ninety nights in three statements',
    request: { method: 'POST' },
    ...hotel,
    async handler(db, _req, res) {
      const nights = nightsOf('2027-06-01', 90).map((arrival) => ({
        room_id: 1,
        guest_id: 1,
        arrival,
        nights: 1,
        status: 'blocked',
        version: 1,
      }))
      await db.batchInsert('stays', nights, 30)
      res.json('ok')
    },
    findings: [],
  },
  {
    name: 'guests-remembered-while-the-request-lasts',
    why: 'twelve stays of two guests: each guest is asked for once',
    ...hotel,
    async handler(db, _req, res) {
      const known = new Map<number, Promise<{ readonly name: string }>>()
      const stays = await db('stays').whereIn('guest_id', [1, 2]).orderBy('id')
      const names = []
      for (const { guest_id: id } of [...stays, ...stays, ...stays]) {
        if (!known.has(id)) known.set(id, db('guests').where({ id }).first().then())
        names.push((await known.get(id))?.name)
      }
      res.json(names)
    },
    findings: [],
  },
  {
    name: 'one-join-for-the-front-desk',
    ...hotel,
    async handler(db, _req, res) {
      const rows = await db('stays as s')
        .join('rooms as r', 'r.id', 's.room_id')
        .join('hotels as h', 'h.id', 'r.hotel_id')
        .join('guests as g', 'g.id', 's.guest_id')
        .where('s.arrival', '2026-12-14')
        .select('s.id', 'r.number', 'h.name as hotel', 'g.name as guest')
      res.json(rows)
    },
    findings: [],
  },
  {
    name: 'payment-first-and-then-the-transaction',
    request: { method: 'POST', body: { stayId: 6 } },
    ...hotel,
    async handler(db, req, res) {
      const stay = await db('stays').where('id', req.body.stayId).first()
      const payment = await authorise(stay.nights * 7_000)
      await db.transaction(async (trx) => {
        await trx('stays').where('id', stay.id).update({ status: 'paid' })
        await trx('guests').where('id', stay.guest_id).increment('points', 10)
      })
      res.json(payment)
    },
    findings: [],
  },
  {
    name: 'alternatives-one-price-class-at-a-time',
    why: 'three questions, each asked only because the one before had no answer',
    ...hotel,
    async handler(db, _req, res) {
      let found: readonly object[] = []
      for (const atMost of [5_000, 5_050, 6_000]) {
        found = await db('rooms').where('rate_cents', '<=', atMost).orderBy('rate_cents').limit(3)
        if (found.length > 0) break
      }
      res.json(found)
    },
    findings: [],
  },
  {
    name: 'stays-cancelled-by-a-subquery',
    request: { method: 'POST' },
    ...hotel,
    async handler(db, _req, res) {
      const cancelled = await db('stays')
        .whereIn('room_id', db('rooms').where('hotel_id', 3).select('id'))
        .update({ status: 'cancelled' })
      res.json({ cancelled })
    },
    findings: [],
  },
  {
    name: 'best-room-per-hotel-by-a-window',
    ...hotel,
    async handler(db, _req, res) {
      const ranked = db('rooms')
        .select('hotel_id', 'number', 'rate_cents')
        .rowNumber('rank', (over) => over.partitionBy('hotel_id').orderBy('rate_cents'))
        .as('ranked')
      res.json(await db.from(ranked).where('rank', 1).orderBy('hotel_id'))
    },
    findings: [],
  },
  {
    name: 'free-booking-code-found-by-trying',
    why: 'no loop over rows or a list: the next one is tried only because the last was taken',
    ...hotel,
    async handler(db, _req, res) {
      let number = 1
      while (
        await db('rooms')
          .where('number', 100 + number)
          .first('id')
      ) {
        number += 4
      }
      res.json({ number })
    },
    findings: [],
  },
  {
    name: 'stays-in-pages-with-their-guests',
    why: 'five pages, and the guests of each page together',
    ...hotel,
    async handler(db, _req, res) {
      const shown = []
      for (let offset = 0; offset < 40; offset += 8) {
        const page = await db('stays').orderBy('id').limit(8).offset(offset)
        const guestIds = page.map(({ guest_id: id }) => id)
        const guests = await db('guests').whereIn('id', guestIds)
        shown.push({ page, guests })
      }
      res.json(shown)
    },
    findings: [],
  },
]

/** Hotels, stays and journeys. */
export const cases: readonly CorpusCase[] = [...hits, ...nearMisses]
