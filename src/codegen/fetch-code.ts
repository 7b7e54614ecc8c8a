import { commentLines, jsLiteral, jsString } from './quote.js'
import type { ReplayRequest } from './replay-request.js'

/** JavaScript with the `fetch` of Node. */
export function fetchCode({ method, origin, target, headers, body, notes, placeholders }: ReplayRequest): string {
  const cannotSend = body !== null && (method === 'GET' || method === 'HEAD')
  const comments = [
    ...(placeholders.length === 0 ? [] : [`silk has masked some values; set them first: ${placeholders.join(', ')}`]),
    ...notes,
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

function headerLine([name, value]: ReplayRequest['headers'][number]): string {
  return `  [${jsString(name)}, ${jsLiteral(value)}],`
}
