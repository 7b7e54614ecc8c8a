/** Stands for a value that was masked: whoever replays the request gives it in an environment variable of this name. */
export interface Placeholder {
  readonly name: string
}

/** Text, with placeholders between. */
export type Template = readonly (string | Placeholder)[]

const MASK = /\[redacted\]|%5Bredacted%5D/gi

/** @param nameOf names the placeholder of a mask, by the text before it */
export function templateOf(text: string, nameOf: (before: string) => string): Template {
  const parts: (string | Placeholder)[] = []
  let from = 0
  for (const { index, 0: mask } of text.matchAll(MASK)) {
    if (index > from) parts.push(text.slice(from, index))
    parts.push({ name: nameOf(text.slice(0, index)) })
    from = index + mask.length
  }
  if (from < text.length || parts.length === 0) parts.push(text.slice(from))
  return parts
}

/** The text alone; `null`: there are placeholders in it. */
export function plainText(template: Template): string | null {
  return template.every((part) => typeof part === 'string') ? template.join('') : null
}

/** Changes the text between placeholders. */
export function mapText(template: Template, change: (text: string) => string): Template {
  return template.map((part) => (typeof part === 'string' ? change(part) : part))
}

/** Puts a template together: text that stands side by side is one piece. */
export function render(
  template: Template,
  text: (text: string) => string,
  placeholder: (name: string) => string,
): string {
  let whole = ''
  let plain = ''
  const take = (): string => {
    const piece = plain === '' ? '' : text(plain)
    plain = ''
    return piece
  }
  for (const part of template) {
    if (typeof part === 'string') plain += part
    else whole += take() + placeholder(part.name)
  }
  whole += take()
  return template.length > 0 && whole === '' ? text('') : whole
}
