import type { Pair } from './gallery/pair.js'

const style = `
  :root {
    color-scheme: light dark;
    --ground: light-dark(#f7f7f5, #111214);
    --panel: light-dark(#fff, #18191c);
    --line: light-dark(#e3e3de, #2a2c31);
    --control: light-dark(#8c8c86, #6d717a);
    --ink: light-dark(#1a1b1d, #e8e9eb);
    --soft: light-dark(#4d5056, #b0b4bb);
    --slow: light-dark(#9c3d00, #ffab6b);
    --fast: light-dark(#15633a, #7ad6a0);
  }
  body { max-width: 60rem; margin: 0 auto; padding: 1.5rem; background: var(--ground); color: var(--ink);
    font: 15px/1.5 system-ui, sans-serif; }
  h1 { margin: 0; font-size: 1.4rem; }
  h2 { margin: 2rem 0 .25rem; font-size: 1.1rem; }
  h3 { margin: 0; font-size: 1rem; }
  p { margin: .25rem 0; }
  a { color: inherit; }
  code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
  .soft { color: var(--soft); }
  ol { margin: 1rem 0; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: 6px;
    background: var(--panel); }
  li { display: grid; grid-template-columns: 1fr auto; gap: .25rem 1.5rem; align-items: center; padding: .75rem 1rem; }
  li + li { border-top: 1px solid var(--line); }
  form { display: inline; }
  .ask { display: flex; gap: .5rem; }
  .ask :is(a, button) { padding: .3rem .8rem; border: 1px solid var(--control); border-radius: 4px; background: none;
    font: inherit; text-decoration: none; cursor: pointer; }
  .ask :is(a, button):hover { border-color: currentColor; }
  .slow { color: var(--slow); }
  .fast { color: var(--fast); }
  @media (width < 40rem) {
    body { padding: 1rem; }
    li { grid-template-columns: 1fr; }
  }
`

interface HomePage {
  readonly gallery: readonly Pair[]
  /** Where silk's pages are. */
  readonly silkPath: string
  /** Others are shown without links. */
  readonly isRunnable: (pair: Pair) => boolean
}

/** The page at `/`: what the demo has, and for each pair its two addresses and what silk says. */
export function homePage({ gallery, silkPath, isRunnable }: HomePage): string {
  const pairs = gallery.map((pair) => (isRunnable(pair) ? runnable(pair, silkPath) : unrunnable(pair)))
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <link rel="icon" href="data:,">
  <title>express-silk: the demo</title>
  <style>${style}</style>
</head>
<body>
  <h1>express-silk: the demo</h1>
  <p>A small shop’s API with silk in it. Ask for something here, then see in <a href="${silkPath}">${silkPath}</a> what
    it took.</p>

  <h2>One answer, four ways to load it</h2>
  <p>50 collections with their products, by <code>?load=</code>
    ${['naive', 'naive-parallel', 'eager', 'join'].map(loadLink).join(', ')}.</p>

  <h2>The gallery</h2>
  <p>What a guide to fast APIs teaches, as pairs of routes with the same answer. Silk says what is wrong with each slow
    one, and nothing about the fast one.</p>
  <ol>${pairs.join('')}
  </ol>
</body>
</html>
`
}

function loadLink(load: string): string {
  return `<a href="/collections/?include=products&amp;load=${load}">${load}</a>`
}

function runnable(pair: Pair, silkPath: string): string {
  const { title, lesson, finding, toSeeIt } = pair
  const requests = `${silkPath}/requests?route=${encodeURIComponent(`/gallery/${pair.name}/slow`)}`
  const condition = toSeeIt === undefined ? '' : `, once you ${toSeeIt}`
  return `
    <li>
      <div>
        <h3>${title}</h3>
        <p>${lesson}</p>
        <p class="soft">Silk says <code>${finding}</code> in <a href="${requests}">the slow one’s requests</a>${condition}.</p>
      </div>
      <div class="ask">${ask(pair, 'slow')} ${ask(pair, 'fast')}</div>
    </li>`
}

function unrunnable({ title, lesson, finding, needs }: Pair): string {
  return `
    <li>
      <div>
        <h3>${title}</h3>
        <p>${lesson}</p>
        <p class="soft">Silk says <code>${finding}</code>. It needs ${needs}:
          <code>DATABASE_URL=postgres://… npm run demo</code></p>
      </div>
    </li>`
}

/** A link; a button for what writes, so that nothing is written by looking around. */
function ask({ name, title, method }: Pair, way: 'slow' | 'fast'): string {
  const path = `/gallery/${name}/${way}`
  const named = `class="${way}" aria-label="${title}: ${way}"`
  if (method === 'get') return `<a ${named} href="${path}">${way}</a>`
  return `<form method="post" action="${path}"><button ${named}>${way}</button></form>`
}
