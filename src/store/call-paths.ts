import type { CallerFrame, PackageFrame } from '../model/evidence.js'

/** A path of this many lines says enough of where it comes from. */
const MAX_FRAMES = 50

const texts = new WeakMap<readonly CallerFrame[], string>()

/** A call path as it is stored, once for all recordings; `null`: it has no line but the call site. */
export function callPathText(callers: readonly CallerFrame[]): string | null {
  if (callers.length < 2) return null
  const known = texts.get(callers)
  if (known !== undefined) return known
  const frames = callers.slice(0, MAX_FRAMES).map((frame) => {
    const through = frame.through.map(({ file, line, function: name }) => [file, line, name])
    return [frame.file, frame.line, frame.function, through]
  })
  const text = JSON.stringify(frames)
  // Capture hands out one array for a path, as long as it remembers it.
  texts.set(callers, text)
  return text
}

/** Reads back what `callPathText` made; of a text that is gone, nothing is known. */
export function callersOf(text: string): readonly CallerFrame[] {
  if (text === '') return []
  const frames = JSON.parse(text) as readonly (readonly [...PackedFrame, readonly PackedFrame[] | number])[]
  return frames.map(([file, line, name, through]) => {
    // A number: as written by 0.1.0-dev, which noted only that there was a package.
    const packages = Array.isArray(through) ? (through as readonly PackedFrame[]) : []
    return { file, line, function: name, through: packages.map(packageFrame) }
  })
}

type PackedFrame = readonly [file: string, line: number, name: string | null]

function packageFrame([file, line, name]: PackedFrame): PackageFrame {
  return { file, line, function: name }
}
