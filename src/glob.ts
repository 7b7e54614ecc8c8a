/** `inside` goes on to the next slash; `maybe` passes over it, or enters it. */
type Piece = number | 'part' | 'any' | 'maybe' | 'inside'

const SLASH = 47

/**
 * Whether a whole path matches: `*` is any part of a segment, `**` any number of segments. A RegExp would take minutes
 * with three `**`, and a path that somebody has made for it; this takes time in proportion to the path.
 *
 * @example globMatcher('/files/*.js')('/files/a.js') // true
 */
export function globMatcher(glob: string): (path: string) => boolean {
  const pieces = piecesOf(glob)
  // All places in the glob that a path may have come to, followed at once.
  let places = new Uint8Array(pieces.length + 1)
  let next = new Uint8Array(pieces.length + 1)

  function reach(into: Uint8Array, place: number): void {
    into[place] = 1
    const piece = pieces[place]
    if (piece === 'part' || piece === 'any' || piece === 'maybe') reach(into, place + 1)
    if (piece === 'maybe') reach(into, place + 2)
  }

  function step(place: number, code: number): void {
    const piece = pieces[place]
    if (piece === code) reach(next, place + 1)
    else if (piece === 'any' || piece === 'inside' || (piece === 'part' && code !== SLASH)) reach(next, place)
    if (piece === 'inside' && code === SLASH) reach(next, place + 1)
  }

  return (path) => {
    places.fill(0)
    reach(places, 0)
    for (let at = 0; at < path.length; at++) {
      const code = path.charCodeAt(at)
      next.fill(0)
      for (let place = 0; place < pieces.length; place++) if (places[place] === 1) step(place, code)
      const before = places
      places = next
      next = before
    }
    return places[pieces.length] === 1
  }
}

function piecesOf(glob: string): readonly Piece[] {
  // Any number of segments, twice, is any number of them.
  const plain = glob.replace(/(?:\/\*{2,})+(?=\/)/g, '/**')
  return (plain.match(/\/\*{2,}\/|\*{2,}|[\s\S]/g) ?? []).flatMap((text): Piece[] => {
    if (text === '*') return ['part']
    if (text.startsWith('*')) return ['any']
    return text.length > 1 ? [SLASH, 'maybe', 'inside'] : [text.charCodeAt(0)]
  })
}
