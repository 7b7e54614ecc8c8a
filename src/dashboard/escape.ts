const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/**
 * Makes any recorded value safe as HTML text and as a quoted attribute, and control characters visible: those that
 * turn the direction of text could otherwise make one line of code or one URL read as another.
 */
export function escapeHtml(value: unknown): string {
  if (value === undefined || value === null) return ''
  return showControls(String(value)).replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
}

/** Replaces control and direction characters by their escapes (`\u202e`); tab and line break stay. */
export function showControls(text: string): string {
  return text.replace(/(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu, (character) =>
    character === '\r' ? '' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
