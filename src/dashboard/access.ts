import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import type { Request } from 'express'

export interface AccessRules {
  /** Decides alone where it is given; `null`: only this machine and `allowFrom`, and nobody in production. */
  readonly authorize: ((request: Request) => boolean | Promise<boolean>) | null
  /** CIDRs and addresses that may look besides this machine: `10.0.0.0/8`, `fd00::/8`, `192.168.1.7`. */
  readonly allowFrom: readonly string[]
  readonly production: boolean
}

/** `null`: may look; else why not, and what to do about it. */
export type Refusal = { readonly reason: string; readonly advice: readonly string[] } | null

const ADVICE_AUTHORIZE =
  'Set the option authorize, a function of the request that says who may look: silk({ authorize: (req) => req.user?.isAdmin === true }).'

/**
 * Makes the function that decides whether a request may see the dashboard. Headers may lower trust, never raise it:
 * what an address may see depends on the socket alone.
 *
 * @throws TypeError for an entry of `allowFrom` that is no address and no CIDR.
 */
export function createGate(rules: AccessRules, onError: (error: unknown) => void): (req: Request) => Promise<Refusal> {
  const { authorize } = rules
  const allowed = allowedAddresses(rules.allowFrom)
  if (authorize === null) return async (req) => refusalWithoutAuthorize(req, allowed, rules.production)
  const failed = (how: string, cause?: unknown): Refusal => {
    onError(new Error(`The option \`authorize\` ${how}; the request was refused.`, { cause }))
    return { reason: 'The app’s authorize function failed for this request.', advice: [ADVICE_FAILED] }
  }
  return async (req) => {
    try {
      // Anything but true is a no: a forgotten return, or a user object, opens nothing.
      const answer = await decided(authorize(req))
      if (answer === true) return null
      if (answer === UNDECIDED) return failed(`did not decide within ${PATIENCE_MS / 1000} seconds`)
    } catch (error) {
      // Nothing is asked of what was thrown: it may be a proxy with traps.
      return failed('threw, or its promise was rejected', error)
    }
    return {
      reason: 'The app’s authorize function did not return true for this request.',
      advice: ['Sign in to the app first, or look at the option authorize where silk() is called.'],
    }
  }
}

/** A decision that never comes is a no. */
const PATIENCE_MS = 10_000
const UNDECIDED: unique symbol = Symbol('undecided')

async function decided(answer: boolean | Promise<boolean>): Promise<boolean | typeof UNDECIDED> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<typeof UNDECIDED>((resolve) => {
    timer = setTimeout(() => resolve(UNDECIDED), PATIENCE_MS).unref()
  })
  try {
    return await Promise.race([answer, patience])
  } finally {
    clearTimeout(timer)
  }
}

const ADVICE_FAILED = 'The error was handed to the option onError; see the log of the app.'

function refusalWithoutAuthorize(req: IncomingMessage, allowed: BlockList, production: boolean): Refusal {
  if (production) {
    return { reason: 'In production nobody may look without the option authorize.', advice: [ADVICE_AUTHORIZE] }
  }
  const proxyHeader = forwardingHeader(req)
  if (proxyHeader !== null) {
    return {
      reason: `The request came through a proxy (it carries the header ${proxyHeader}), so who sent it is not known.`,
      advice: [ADVICE_AUTHORIZE, 'Or open the app’s own address, without the proxy.'],
    }
  }
  const address = plainAddress(req.socket.remoteAddress)
  if (address === null || !allowed.check(address, familyOf(address))) {
    return {
      reason: `Only this machine may look, and the request came from ${address ?? 'an unknown address'}.`,
      advice: [
        `Add the address to the option allowFrom: silk({ allowFrom: ['${address ?? '10.0.0.0/8'}'] }).`,
        `Or: ${ADVICE_AUTHORIZE}`,
      ],
    }
  }
  const host = req.headers.host
  if (isSafeHost(host)) return null
  return {
    reason: `The Host header ${host === undefined ? 'is missing' : `names "${host}"`}. Without authorize only localhost, *.localhost and IP addresses are answered, since a foreign website could point its own name at this machine (DNS rebinding).`,
    advice: ['Open the dashboard by localhost or by the IP address.', `Or: ${ADVICE_AUTHORIZE}`],
  }
}

/** The loopback addresses and those of `allowFrom`. */
function allowedAddresses(allowFrom: readonly string[]): BlockList {
  const list = new BlockList()
  list.addSubnet('127.0.0.0', 8, 'ipv4')
  list.addAddress('::1', 'ipv6')
  for (const entry of allowFrom) addEntry(list, entry)
  return list
}

function addEntry(list: BlockList, entry: string): void {
  const [text = '', prefixText, ...rest] = entry.trim().split('/')
  const isMapped = /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(text)
  const address = plainAddress(text)
  const bits = address !== null && isIP(address) === 4 ? 32 : 128
  const prefix = prefixText === undefined ? bits : Number(prefixText) - (isMapped ? 96 : 0)
  const isPrefix = prefixText === undefined || (/^\d{1,3}$/.test(prefixText) && prefix >= 0 && prefix <= bits)
  if (address === null || rest.length > 0 || !isPrefix) {
    throw new TypeError(
      `Expected each entry of allowFrom to be an IP address or a CIDR such as 10.0.0.0/8, got "${entry}"`,
    )
  }
  list.addSubnet(address, prefix, familyOf(address))
}

/** Without the zone of a link-local address, and IPv4 where IPv6 only wraps it. `null`: no IP address. */
function plainAddress(address: string | undefined): string | null {
  const bare = (address ?? '').split('%', 1)[0] as string
  const unwrapped = bare.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
  return isIP(unwrapped) === 0 ? null : unwrapped
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6'
}

function forwardingHeader(req: IncomingMessage): string | null {
  const isForwarding = (name: string): boolean =>
    name === 'forwarded' || name === 'via' || name === 'x-real-ip' || name.startsWith('x-forwarded-')
  return Object.keys(req.headers).find(isForwarding) ?? null
}

function isSafeHost(host: string | undefined): boolean {
  const match = /^(\[[^\]]+\]|[^:]+)(?::\d{1,5})?$/.exec(host ?? '')
  if (match === null) return false
  const name = (match[1] as string).toLowerCase()
  if (name.startsWith('[')) return isIP(name.slice(1, -1)) === 6
  return name === 'localhost' || /^([\w-]+\.)+localhost$/.test(name) || isIP(name) === 4
}
