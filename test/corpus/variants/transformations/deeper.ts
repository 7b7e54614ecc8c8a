import { createHash } from 'node:crypto'
import { type Builder, findBuilders } from '../builders.js'
import { declaredIn, freeNames, identifiers } from '../names.js'
import { contains, type Edit, isFunction, lineAround, type Marker, type Node, type Source, walk } from '../source.js'
import type { Transformation } from '../transformation.js'

/**
 * Each query is built by a function of its own, one to three calls away from where it was built: the line to blame
 * goes with it, into the innermost of the app's functions.
 */
export const deeper: Transformation = {
  name: 'deeper',
  weight: 1,
  // The comment would stay where it was.
  isFor: ({ text }) => !text.includes('silk-ignore'),
  changesFixtures: true,
  edits(source) {
    const known = moduleNames(source)
    const edits: Edit[] = []
    const functions: string[] = []
    const builders = findBuilders(source).filter(({ node }) => isMovable(node))
    for (const builder of builders) {
      const marker = markerFor(builder, source)
      // Which of the two would the marker go with?
      if (marker && builders.some((other) => other !== builder && markerFor(other, source) === marker)) continue
      // A function around it may have a variable of a name that the module has, too.
      const own = builder.around.filter(isFunction).flatMap(declaredIn)
      const parameters = freeNames(
        builder.node,
        known.filter((name) => !own.includes(name)),
      )
      const name = `query${functions.length + 1}`
      edits.push({ start: builder.node.start, end: builder.node.end, text: `${name}(${parameters.join(', ')})` })
      const isMoving = marker !== undefined && !contains(builder.node, marker)
      if (isMoving) edits.push({ start: marker.start, end: marker.end, text: '' })
      const text = source.text.slice(builder.node.start, builder.node.end)
      functions.push(functionsFor(name, parameters, isMoving ? withMarker(text, marker) : text))
    }
    if (functions.length > 0)
      edits.push({ start: source.text.length, end: source.text.length, text: functions.join('') })
    return edits
  },
}

/** Evaluated elsewhere, it must be the same. */
function isMovable(node: Node): boolean {
  let isSame = true
  walk(node, ({ type }) => {
    if (/^(?:ThisExpression|AwaitExpression|YieldExpression|AssignmentExpression|UpdateExpression)$/.test(type)) {
      isSame = false
    }
  })
  return isSame
}

/** Of the line in which the query begins. */
function markerFor({ node }: Builder, { text, markers }: Source): Marker | undefined {
  const line = lineAround(text, node.start)
  return markers.find((marker) => contains(line, marker))
}

function withMarker(text: string, { name }: Marker): string {
  const [first, ...others] = text.split('\n')
  return [`${first} // hit: ${name}`, ...others].join('\n')
}

function functionsFor(name: string, parameters: readonly string[], text: string): string {
  const declared = parameters.map((parameter) => `${parameter}: any`).join(', ')
  const given = parameters.join(', ')
  const depth = 1 + ((createHash('sha256').update(text).digest()[0] as number) % 3)
  const names = [name, ...Array.from({ length: depth - 1 }, (_, at) => `${name}Below${at + 1}`)]
  return names
    .map((one, at) => {
      const next = names[at + 1]
      const body = next === undefined ? text : `${next}(${given})`
      return `\nfunction ${one}(${declared}): any {\n  return ${body}\n}\n`
    })
    .join('')
}

function moduleNames({ program }: Source): readonly string[] {
  const names: string[] = []
  for (const statement of program.body as readonly Node[]) {
    const declaration = (statement.declaration as Node | null | undefined) ?? statement
    const declared = (declaration.declarations ?? declaration.specifiers ?? [declaration]) as readonly Node[]
    for (const one of declared) {
      const id = (one.id ?? one.local) as Node | null | undefined
      if (id) names.push(...identifiers(id))
    }
  }
  return names
}
