import type { BodyFormat } from '../model/body.js'
import { maskJson } from './mask-json.js'
import { maskCutOff, maskLooks, mayHoldSecret } from './mask-looks.js'
import type { IsSecretName } from './mask-names.js'
import { maskNamed, maskText } from './mask-text.js'
import { maskParameters } from './mask-url.js'
import type { MaskValue } from './mask-value.js'

/** The text of a body, as it may be kept. */
export type BodyMask = (text: string, format: BodyFormat, of: 'request' | 'response') => string

export function createBodyMask(isSecret: IsSecretName, keep: MaskValue | null): BodyMask {
  return (text, format, of) => {
    const place = `${of}.body`
    const value: MaskValue | null = keep && ((path, asked) => keep(path === '' ? place : `${place}.${path}`, asked))
    if (format === 'form') return maskCutOff(maskParameters(text, isSecret, value))
    if (format === 'json' || format === 'multipart') return maskCutOff(json(text, value))
    if (/^(?:data|event|id|retry|):/m.test(text.slice(0, 200))) return maskCutOff(events(text))
    const masked = maskText(text, isSecret)
    return maskCutOff(value !== null && masked === text ? String(value('', text)) : masked)
  }

  function json(text: string, value: MaskValue | null): string {
    // Looked at as a whole first: most have nothing of the kind in them, and then their parts are asked no more.
    const isPlain = !text.includes('\\') && !mayHoldSecret(text)
    const mask = isPlain ? maskNamed : maskText
    const masked = maskJson(text, { isSecret, text: (one) => mask(one, isSecret, 1), value: value ?? undefined })
    return isPlain ? masked : maskLooks(masked)
  }

  /** Server-sent events: each line of data is a text of its own. */
  function events(text: string): string {
    return text
      .split('\n')
      .map((line) => {
        const [field = ''] = /^data: ?/.exec(line) ?? []
        return field + maskText(line.slice(field.length), isSecret)
      })
      .join('\n')
  }
}
