import type { CodeOwner, CpuBox, CpuFrame, CpuProfileView } from '../../model/cpu-profile-view.js'
import { durationText, percent, plural, share } from '../display.js'
import { svgPercent } from './ticks.js'

export interface FlameBox {
  readonly className: string
  readonly x: string
  readonly width: string
  readonly y: number
  /** `null`: there is no room for it. */
  readonly label: string | null
  readonly title: string
  readonly href: string
}

export interface Flamegraph {
  readonly label: string
  readonly height: number
  readonly boxes: readonly FlameBox[]
  readonly note: string | null
}

const ROW_PX = 20
const LABELLED = 0.02

export const OWNERS: Readonly<Record<CodeOwner, { readonly label: string; readonly className: string }>> = {
  app: { label: 'your code', className: 'app' },
  driver: { label: 'knex and driver', className: 'db' },
  package: { label: 'other packages', className: 'pkg' },
  silk: { label: 'silk', className: 'pkg' },
  node: { label: 'Node', className: 'node' },
  engine: { label: 'V8 and native', className: 'node' },
}

/**
 * A profile as nested boxes, outermost call on top: as wide as the time on the CPU, the costliest call of each first.
 *
 * @param hrefOf where a frame fills the width
 */
export function flamegraph(view: CpuProfileView, hrefOf: (frame: CpuFrame) => string): Flamegraph {
  const { boxes, undrawnCount, shownMs, functions } = view
  const rows = boxes.reduce((most, { depth }) => Math.max(most, depth + 1), 0)
  const [costliest] = functions
  const most =
    costliest === undefined
      ? ''
      : `, most of it in ${functionName(costliest)}, ${percent(share(costliest.selfMs, shownMs))} %`
  return {
    label: `Flamegraph of ${durationText(shownMs)} on the CPU${most}`,
    height: rows * ROW_PX,
    boxes: boxes.map((box) => flameBox(box, shownMs, hrefOf(box))),
    note:
      undrawnCount === 0
        ? null
        : `${plural(undrawnCount, 'frame is', 'frames are')} too narrow or too deep to be drawn.`,
  }
}

function flameBox(box: CpuBox, shownMs: number, href: string): FlameBox {
  const { depth, from, width, owner, selfMs, totalMs } = box
  const name = functionName(box)
  const at = placeText(box)
  return {
    ...{ className: OWNERS[owner].className, x: svgPercent(from), width: svgPercent(width), y: depth * ROW_PX, href },
    label: width < LABELLED ? null : owner === 'app' && at !== null ? `${name} ${at.replace(/^.*\//, '')}` : name,
    title: `${name}${at === null ? '' : ` at ${at}`}: ${durationText(totalMs)} (${percent(share(totalMs, shownMs))} %), ${durationText(selfMs)} of it its own; ${OWNERS[owner].label}`,
  }
}

export function functionName({ name }: Pick<CpuFrame, 'name'>): string {
  return name === '' ? '(anonymous)' : name
}

function placeText({ file, line }: Pick<CpuFrame, 'file' | 'line'>): string | null {
  return file === null ? null : `${file}${line === null ? '' : `:${line}`}`
}
