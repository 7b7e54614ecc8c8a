import * as v from 'valibot'
import { bytes, count, plural, quantityText } from '../display.js'
import { link } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { parseQuery, wholeNumber } from '../page-query.js'
import { THEMES, type Theme } from '../visitor.js'
import { keptText } from './kept-text.js'

const querySchema = v.object({ cleared: v.optional(wholeNumber(0, 999_999_999)) })

const THEME_LABELS: Readonly<Record<Theme, string>> = { auto: 'as the system', light: 'light', dark: 'dark' }
const ORIGINS = { environment: 'environment', code: 'code', default: 'default' } as const

/** What is in force and where it came from; the way to empty the store. */
export async function settingsPage(context: PageContext): Promise<Page> {
  const { cleared } = parseQuery(querySchema, context.query)
  const { status, settings, version, base, visitor } = context
  const csrf = context.csrfToken()
  return {
    title: 'Settings',
    section: 'settings',
    view: 'settings',
    json: () => ({ version, settings, store: status }),
    model: () => ({
      settings: settings.map((setting) => ({ ...setting, origin: ORIGINS[setting.origin] })),
      cleared: cleared === undefined ? null : plural(cleared, 'recording was', 'recordings were'),
      store: {
        file: status.file ?? 'a temporary file that goes with the process',
        size: quantityText(bytes(status.fileBytes)),
        ...keptText(status),
        queued: count(status.queuedCount),
        dropped: count(status.droppedCount),
        hasDropped: status.droppedCount > 0,
      },
      clearHref: link(base, '/settings/clear'),
      isEmpty: status.recordingCount === 0,
      keysAction: link(base, '/settings/keys'),
      themeAction: link(base, '/settings/theme'),
      themes: THEMES.map((theme) => ({ theme, label: THEME_LABELS[theme], current: theme === visitor.theme })),
      csrf,
    }),
  }
}

/** Asks before everything recorded is deleted, and names how much that is. */
export async function clearPage(context: PageContext): Promise<Page> {
  const { status, base } = context
  const csrf = context.csrfToken()
  return {
    title: 'Clear recordings',
    section: 'settings',
    view: 'clear',
    json: () => ({ recordingCount: status.recordingCount, fileBytes: status.fileBytes, csrf }),
    model: () => ({
      question: `Delete ${plural(status.recordingCount, 'recording', 'recordings')}?`,
      size: quantityText(bytes(status.fileBytes)),
      file: status.file,
      button: `Delete ${plural(status.recordingCount, 'recording', 'recordings')}`,
      action: link(base, '/settings/clear'),
      backHref: link(base, '/settings'),
      csrf,
    }),
  }
}
