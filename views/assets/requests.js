// The list of requests: counting what is selected, and new requests as they come. Everything else works without it.

const find = (selector, root = document) => root.querySelector(selector)
const findAll = (selector, root = document) => [...root.querySelectorAll(selector)]

const table = find('#requests')
const boxes = () => findAll('input[name="id"]', table ?? document)
const chosen = () => boxes().filter((box) => box.checked)
const say = (text) => {
  find('#status').textContent = text
}

// ── Selection ──────────────────────────────────────────────────────────────────────────────────────────────────────

function showChosen() {
  const count = chosen().length
  const picked = find('#picked')
  if (!picked) return
  picked.hidden = count === 0
  picked.textContent = `${count} selected`
  for (const button of findAll('[data-need]')) {
    button.disabled = button.dataset.need === '2' ? count !== 2 : count === 0
  }
  const all = find('#pick-all')
  all.hidden = false
  all.checked = count > 0 && count === boxes().length
  all.indeterminate = count > 0 && count < boxes().length
  for (const box of boxes()) box.closest('tr').classList.toggle('is-picked', box.checked)
}

table?.addEventListener('change', ({ target }) => {
  if (target.id === 'pick-all') for (const box of boxes()) box.checked = target.checked
  showChosen()
  if (chosen().length === 0) showHeld()
})
if (table) showChosen()
// The browser brings ticks back when one comes back to the page.
addEventListener('pageshow', () => table && showChosen())

// ── Live ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const button = find('#live')
const MOST_ROWS = 500
/** Rows that wait, newest first: lists of what the server sent. */
let held = []
let heldCount = 0
let events = null

/** New rows would move what someone is looking at, or is about to press. */
function isInUse() {
  return (
    table !== null &&
    (table.matches(':hover') || table.contains(document.activeElement) || chosen().length > 0 || scrollY > 120)
  )
}

function setLive(isOn, because = '') {
  events?.close()
  events = null
  button.setAttribute('aria-pressed', String(isOn))
  find('span', button).textContent = isOn ? 'on' : 'off'
  find('#live-say').textContent = because
  say(because || `Live ${isOn ? 'on' : 'off'}`)
  const address = new URL(location.href)
  if (isOn) address.searchParams.set('live', '1')
  else address.searchParams.delete('live')
  history.replaceState(null, '', address)
  if (isOn) listen()
}

function listen() {
  const address = new URL(button.dataset.href, location.href)
  const newest = boxes()[0]?.value
  if (newest) address.searchParams.set('after', newest)
  events = new EventSource(address)
  events.addEventListener('requests', ({ data }) => {
    const { count, html } = JSON.parse(data)
    // The first request of all: a page that has no table yet is made by the server.
    if (!table) return location.reload()
    held.unshift(html)
    heldCount += count
    if (isInUse()) showHeldRow()
    else showHeld()
  })
  events.addEventListener('error', () => {
    if (events?.readyState === EventSource.CLOSED) setLive(false, 'Live ended: the server does not answer.')
  })
}

/** One row that says what waits; pressing it shows all of it. */
function showHeldRow() {
  const text = heldCount === 1 ? '1 newer request' : `${heldCount} newer requests`
  const row = find('.newrows', table) ?? find('tbody', table).insertRow(0)
  if (!row.className) {
    row.className = 'newrows'
    row.insertCell().colSpan = findAll('thead th', table).length
    const show = document.createElement('button')
    show.type = 'button'
    show.className = 'quiet'
    show.addEventListener('click', showHeld)
    row.cells[0].append(show)
  }
  find('button', row).textContent = text
}

function showHeld() {
  find('.newrows', table)?.remove()
  if (heldCount === 0) return
  const body = find('tbody', table)
  // Made and escaped by the server, like the rest of the page.
  body.insertAdjacentHTML('afterbegin', held.join(''))
  held = []
  heldCount = 0
  for (const row of [...body.rows].slice(MOST_ROWS)) row.remove()
  const next = find('#next')
  if (next) {
    const address = new URL(next.href)
    address.searchParams.set('before', boxes().at(-1).value)
    next.href = address
  }
  find('#shown').textContent = body.rows.length
  showChosen()
}

table?.addEventListener('pointerleave', () => setTimeout(() => isInUse() || showHeld()))
addEventListener('scroll', () => heldCount > 0 && !isInUse() && showHeld(), { passive: true })

if (button) {
  button.hidden = false
  button.addEventListener('click', () => setLive(events === null))
  if (new URLSearchParams(location.search).has('live')) setLive(true)
}

// ── Keys ───────────────────────────────────────────────────────────────────────────────────────────────────────────

document.addEventListener('keydown', (event) => {
  const { target, key } = event
  const isField = target.matches?.('input:not([type="checkbox"]), select, textarea')
  if (document.body.dataset.keys === 'off' || isField || event.ctrlKey || event.metaKey || event.altKey) return
  if (key === 'x') find('input[name="id"]', target.closest?.('tr') ?? document.createElement('tr'))?.click()
  if (key === 'l') button?.click()
})
