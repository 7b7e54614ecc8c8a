// Enhancement only: every page works without it. Copy buttons appear, and keys move through what is there.

const find = (selector, root = document) => root.querySelector(selector)
const findAll = (selector, root = document) => [...root.querySelectorAll(selector)]

/** The text of a code block as it is to be pasted: without what was added for reading. */
function plainText(source) {
  const copy = source.cloneNode(true)
  for (const added of findAll('.tag', copy)) added.remove()
  const lines = findAll('.l', copy)
  return lines.length > 0 ? lines.map((line) => line.textContent).join('\n') : copy.textContent
}

for (const button of findAll('[data-copy]')) {
  if (!navigator.clipboard) break
  button.hidden = false
  button.addEventListener('click', async () => {
    const label = button.textContent
    const source = document.getElementById(button.dataset.copy)
    const isCopied = await navigator.clipboard.writeText(plainText(source)).then(
      () => true,
      () => false,
    )
    button.textContent = isCopied ? 'Copied' : 'Not copied'
    find('#status').textContent = button.textContent
    setTimeout(() => {
      button.textContent = label
    }, 1200)
  })
}

// What takes longer than a blink shows that it is under way: a page that is on its way, or the answer to a form.
const BUSY_AFTER_MS = 150
// For what turns out to be a download, which leaves the page where it is and says nothing when it has come.
const BUSY_AT_MOST_MS = 15_000
let busyTimers = []

function showBusy(isBusy) {
  document.documentElement.classList.toggle('busy', isBusy)
  find('main').setAttribute('aria-busy', String(isBusy))
}

function leave() {
  stay()
  busyTimers = [setTimeout(showBusy, BUSY_AFTER_MS, true), setTimeout(stay, BUSY_AT_MOST_MS)]
}

function stay() {
  for (const timer of busyTimers) clearTimeout(timer)
  showBusy(false)
}

/** Whether a click leads to another page of this site, in this tab. */
function isLeaving(event, link) {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return false
  if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin)
    return false
  if (/\/export/.test(link.pathname)) return false
  return link.pathname !== location.pathname || link.search !== location.search
}

addEventListener('click', (event) => {
  if (isLeaving(event, event.target.closest('a[href]'))) leave()
})
addEventListener('submit', (event) => {
  // By attributes: fields of these names would stand in the way of the properties.
  const action = event.submitter?.getAttribute('formaction') ?? event.target.getAttribute('action') ?? ''
  const isDialog = event.target.getAttribute('method') === 'dialog'
  if (!event.defaultPrevented && !isDialog && !/\/export/.test(action)) leave()
})
// Back to a page that the browser has kept as it was.
addEventListener('pageshow', stay)

// A finding that an address names is opened, not only scrolled to.
function openTarget() {
  const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null
  if (target instanceof HTMLDetailsElement) target.open = true
}
addEventListener('hashchange', openTarget)
openTarget()

/** A dialog of this page, by id: the button that opens it appears, and its key works. */
function openDialog(id) {
  const dialog = document.getElementById(id)
  if (dialog && !dialog.open) dialog.showModal()
}
for (const button of findAll('[data-open]')) {
  button.hidden = false
  button.addEventListener('click', () => openDialog(button.dataset.open))
}

let current = -1
let goPressedAt = 0

function move(step) {
  // Asked anew each time: live rows come later.
  const rows = findAll('[data-nav]')
  if (rows.length === 0) return
  // From where the focus is: it may have got there by Tab or by a click.
  const focused = rows.indexOf(document.activeElement?.closest('[data-nav]'))
  if (focused !== -1) current = focused
  current = Math.max(0, Math.min(rows.length - 1, current + step))
  const link = find('a', rows[current])
  link?.focus()
  rows[current].scrollIntoView({ block: 'nearest' })
}

const KEYS = {
  '/': () => find('input[type="search"]')?.focus(),
  j: () => move(1),
  k: () => move(-1),
  '?': () => openDialog('keys'),
  e: () => find('main .edit')?.click(),
  u: () => {
    const band = find('.wf details')
    if (band) band.open = !band.open
  },
  f: () => find('[data-key="f"]')?.click(),
  p: () => find('[data-key="p"]')?.click(),
  '[': () => find('[data-key="["]')?.click(),
  ']': () => find('[data-key="]"]')?.click(),
  g: () => {
    goPressedAt = Date.now()
  },
}

document.addEventListener('keydown', (event) => {
  const { target, key } = event
  // What is behind an open dialog is not to move; Escape closes it by itself.
  if (find('dialog[open]')) return
  const isField = target.matches?.('input:not([type="checkbox"]), select, textarea')
  if (isField && key === 'Escape') target.blur()
  if (document.body.dataset.keys === 'off' || isField || event.ctrlKey || event.metaKey || event.altKey) return
  const isGoing = Date.now() - goPressedAt < 900
  goPressedAt = 0
  const link = isGoing ? find(`[data-go="${CSS.escape(key)}"]`) : null
  if (link) link.click()
  else if (Object.hasOwn(KEYS, key)) {
    event.preventDefault()
    KEYS[key]()
  }
})
