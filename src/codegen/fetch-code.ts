import { commentLines, jsLiteral, jsString } from './quote.js'
import type { ReplayRequest } from './replay-request.js'
import type { Template } from './template.js'

/** JavaScript with the `fetch` of Node. */
export function fetchCode({ method, origin, target, headers, body, notes, placeholders }: ReplayRequest): string {
  const cannotSend = body !== null && (method === 'GET' || method === 'HEAD')
  const comments = [
    ...(placeholders.length === 0 ? [] : [`silk has masked some values; set them first: ${placeholders.join(', ')}`]),
    ...notes,
    ...(hasDots(target) ? ['fetch resolves the dots in a path before it sends it.'] : []),
    ...(cannotSend ? [`fetch sends no body with ${method}: it is left out.`] : []),
  ]
  const options = [
    `method: ${jsString(method)},`,
    ...(headers.length === 0 ? [] : ['headers: [', ...headers.map(headerLine), '],']),
    ...(body === null || cannotSend ? [] : [`body: ${jsLiteral(body)},`]),
    `redirect: 'manual',`,
  ]
  return [
    ...commentLines('//', comments),
    `const response = await fetch(${jsLiteral([origin, ...target])}, {`,
    ...options.map((line) => `  ${line}`),
    '})',
    'console.log(response.status, await response.text())',
  ].join('\n')
}

/** Whether a segment of the path is `.` or `..`, which an address of a fetch does not keep. */
function hasDots(target: Template): boolean {
  const path = target.map((part) => (typeof part === 'string' ? part : 'x')).join('')
  return /^[^?#]*\/(?:\.|%2e){1,2}(?:[/?#]|$)/i.test(path)
}

function headerLine([name, value]: ReplayRequest['headers'][number]): string {
  return `  [${jsString(name)}, ${jsLiteral(value)}],`
}
