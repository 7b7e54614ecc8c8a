import { MOST_TAGS } from '../../model/marks.js'
import type { RecordedHeaders } from '../../model/recording.js'
import type { RequestView } from '../../model/request-view.js'
import { valueParts } from '../display.js'
import { compareLink, link, requestLink } from '../links.js'
import type { PageContext } from '../page.js'

/** What people and the app have said of it, and the forms to say more. */
export function marksModel({ base, csrfToken }: PageContext, { recording }: RequestView): object {
  const { id, tags, pinned, user } = recording
  return {
    pinned,
    tags: tags.map((tag) => ({ tag, href: link(base, '/requests', { tag }) })),
    user: user && {
      parts: valueParts(user.name ?? user.id),
      id: user.id,
      href: link(base, '/requests', { user: user.id }),
    },
    id,
    isFull: tags.length >= MOST_TAGS,
    pinAction: link(base, '/requests/pin'),
    tagAction: `${requestLink(base, id)}/tags`,
    back: requestLink('', id),
    csrf: csrfToken(),
  }
}

/** The id of the W3C trace that it belongs to, and all requests of it; `null`: of none. */
export function traceOf(
  base: string,
  { traceparent }: RecordedHeaders,
): { readonly id: string; readonly href: string } | null {
  const sent = typeof traceparent === 'string' ? traceparent : ''
  const id = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/i.exec(sent)?.[1]
  return id === undefined ? null : { id, href: link(base, '/requests', { q: id }) }
}

/** The requests beside it in the list. */
export function neighbours(base: string, { newerId, olderId }: RequestView): object {
  return {
    newerHref: newerId === null ? null : requestLink(base, newerId),
    olderHref: olderId === null ? null : requestLink(base, olderId),
  }
}

/** Its session, and what it can be compared with. */
export function relatives(base: string, { id, session, kind }: RequestView['recording']): object {
  return {
    session: session === null ? null : { label: session, href: link(base, '/', { session }) },
    compare: kind === 'background' ? null : compareLinks(base, id),
  }
}

/** Others of the same route: looked for when they are asked for. */
function compareLinks(base: string, id: string): readonly { readonly label: string; readonly href: string }[] {
  return ['previous', 'next', 'newest'].map((other) => ({ label: other, href: compareLink(base, { a: id, b: other }) }))
}
