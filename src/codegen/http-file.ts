import { commentLines } from './quote.js'
import type { ReplayRequest } from './replay-request.js'
import { mapText, render, type Template } from './template.js'

/**
 * A `.http` file, as editors send it (REST Client of VS Code, JetBrains). There is no quoting in it: a body that an
 * editor would take for a command, such as one to send a file, is left out, and the file says so.
 */
export function httpFile({ method, origin, target, headers, body, notes, placeholders }: ReplayRequest): string {
  const readable = headers.map(([name, value]) => [name, mapText(value, utf8Of)] as const)
  const sent = readable.filter(([, value]) => !isRead(value))
  const left = readable.filter(([, value]) => isRead(value)).map(([name]) => name)
  const isTold = body !== null && !isRead(body) && !isCommand(body)
  const comments = [
    ...(placeholders.length === 0 ? [] : ['silk has masked some values; put them in here:']),
    ...notes,
    ...left.map((name) => `The header ${name} is left out: it holds {{, or what cannot be seen.`),
    ...(body === null || isTold ? [] : ['The body is left out: a line of it would be a command, or cannot be seen.']),
  ]
  return [
    ...commentLines('#', comments),
    ...placeholders.map((name) => `@${name} =`),
    ...(comments.length + placeholders.length > 0 ? [''] : []),
    `${method} ${text([origin, ...target])} HTTP/1.1`,
    ...sent.map(([name, value]) => `${name}: ${text(value)}`),
    ...(isTold ? ['', text(body)] : []),
    '',
  ].join('\n')
}

/** Node keeps each byte of a header as one character; an editor sends letters as UTF-8. */
function utf8Of(bytes: string): string {
  try {
    return decodeURIComponent(bytes.replace(/[%\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`))
  } catch {
    return bytes
  }
}

function text(template: Template): string {
  return render(
    template,
    (plain) => plain,
    (name) => `{{${name}}}`,
  )
}

/** Whether an editor would put something in its place, or show something else. */
function isRead(template: Template): boolean {
  return template.some(
    (part) => typeof part === 'string' && /\{\{|(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(part),
  )
}

/** A separator, a file to be sent, a script, or a file to be written. */
function isCommand(template: Template): boolean {
  const whole = template.map((part) => (typeof part === 'string' ? part : '')).join('')
  return /^[^\S\r\n\u2028\u2029]*(?:###|<(?:@\w*)?(?:\s|$)|<>|>>?!?(?:\s|$))/m.test(whole)
}
