import type { CorpusCase } from '../corpus-case.js'
import { ownTables, rowsOf } from './support/own-tables.js'

/** Tables 10, 20, … 70; a stay on each of the first eight days; tickets T-001 to T-006. */
const restaurant = ownTables({
  seats: { rows: rowsOf(7, (n) => ({ number: n * 10, name: `table ${n}` })) },
  bookings: { rows: rowsOf(8, (n) => ({ room: 4, day: `2026-12-0${n}` })) },
  tickets: { rows: rowsOf(6, (n) => ({ code: `T-00${n}`, holder: `guest ${n}` })) },
  meals: { rows: rowsOf(6, (n) => ({ number: n, name: `meal ${n}` })) },
})

/** Loops whose last turn finds nothing, and which are over rows or over a list all the same. */
const hits: readonly CorpusCase[] = [
  {
    name: 'first-order-of-each-where-the-last-has-none',
    why: 'the numbers follow each other, but they are those of rows',
    ...restaurant,
    async handler(db, _req, res) {
      const tables = await db('seats').orderBy('id')
      for (const table of tables) {
        table.meal = await db('meals').where('number', table.id).first('name') // hit: first-order-of-each-where-the-last-has-none
      }
      res.json(tables)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from meals where number = ?', count: 7 }],
  },
  {
    name: 'wanted-tickets-until-one-is-missing',
    why: 'a list that the client sends: one more of them is one more query',
    request: { method: 'POST', body: { codes: ['T-003', 'T-001', 'T-006', 'T-002', 'T-004', 'T-077'] } },
    ...restaurant,
    async handler(db, req, res) {
      const found = []
      for (const code of req.body.codes) {
        const ticket = await db('tickets').where({ code }).first() // hit: wanted-tickets-until-one-is-missing
        if (!ticket) break
        found.push(ticket)
      }
      res.json(found)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from tickets where code = ?', count: 6 }],
  },
  {
    name: 'numbers-one-to-six-all-found',
    why: 'it ends because the list does, and not by an answer',
    ...restaurant,
    async handler(db, _req, res) {
      const meals = []
      for (let number = 1; number <= 6; number++) {
        meals.push(await db('meals').where({ number }).first()) // hit: numbers-one-to-six-all-found
      }
      res.json(meals)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from meals where number = ?', count: 6 }],
  },
  {
    name: 'some-of-the-days-are-free',
    why: 'a calendar of ten days, of which the last two are free: it goes on after the first free one',
    ...restaurant,
    async handler(db, _req, res) {
      const calendar = []
      for (let day = 1; day <= 10; day++) {
        const text = `2026-12-${String(day).padStart(2, '0')}`
        const booking = await db('bookings').where({ room: 4, day: text }).first('id') // hit: some-of-the-days-are-free
        calendar.push({ day: text, isFree: booking === undefined })
      }
      res.json(calendar)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from bookings where room = ? and day = ?', count: 10 }],
  },
]

/** The next try is made only because the last one was in vain. */
const nearMisses: readonly CorpusCase[] = [
  {
    name: 'next-free-table-number',
    request: { method: 'POST' },
    ...restaurant,
    async handler(db, _req, res) {
      let number = 10
      while (await db('seats').where({ number }).first('id')) number += 10
      await db('seats').insert({ number, name: 'new' })
      res.json({ number })
    },
    findings: [],
  },
  {
    name: 'next-free-day-of-a-room',
    ...restaurant,
    async handler(db, _req, res) {
      for (const day = new Date('2026-12-01T00:00:00Z'); ; day.setUTCDate(day.getUTCDate() + 1)) {
        const text = day.toISOString().slice(0, 10)
        const taken = await db('bookings').where('room', 4).andWhere('day', text).first()
        if (taken === undefined) return res.json({ free: text })
      }
    },
    findings: [],
  },
  {
    name: 'next-free-ticket-code',
    ...restaurant,
    async handler(db, _req, res) {
      const codeOf = (n: number): string => `T-${String(n).padStart(3, '0')}`
      let n = 1
      while ((await db('tickets').where('code', codeOf(n)).select('id')).length > 0) n++
      res.json({ code: codeOf(n) })
    },
    findings: [],
  },
  {
    name: 'highest-number-that-is-there',
    why: 'from above, until the first that is found',
    ...restaurant,
    async handler(db, _req, res) {
      let number = 12
      let meal = await db('meals').where({ number }).first()
      while (!meal && number > 0) {
        number -= 1
        meal = await db('meals').where({ number }).first()
      }
      res.json(meal)
    },
    findings: [],
  },
]

export const cases: readonly CorpusCase[] = [...hits, ...nearMisses]
