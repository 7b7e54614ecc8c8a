// What a shell or Node reads its own settings from, or a machine has set: a placeholder of such a name would send that.
const TAKEN =
  /^(?:PATH|HOME|USER|USERNAME|LOGNAME|SHELL|PWD|OLDPWD|TERM|LANG|HOST|HOSTNAME|MAIL|EDITOR|TMPDIR|IFS|UID|EUID|PPID|RANDOM|SECONDS|LINENO|OPTIND|OPTARG|REPLY|DISPLAY|CI|BASH.*|NODE_.*|NPM_.*|LD_.*|LC_.*|SILK_.*|HTTP_PROXY|HTTPS_PROXY|NO_PROXY|ALL_PROXY)$/

/** Names for placeholders: those of environment variables, each given once. */
export interface Names {
  /** @param prefix `COOKIE`, where the name alone would not tell what it is of; empty: none */
  next(prefix: string, name: string): string
  readonly given: readonly string[]
}

export function createNames(): Names {
  const given = new Set<string>()
  // What was sent may hold thousands of one name: each is looked for from where the last one was found.
  const lastOf = new Map<string, number>()
  return {
    get given() {
      return [...given]
    },
    next(prefix, name) {
      const base = variableName(prefix, name)
      let at = lastOf.get(base) ?? 1
      let free = at === 1 ? base : `${base}_${at}`
      while (given.has(free)) free = `${base}_${++at}`
      lastOf.set(base, at)
      given.add(free)
      return free
    },
  }
}

function variableName(prefix: string, name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z\d]+/g, '_')
    .replace(/^_+|(?<!_)_+$/g, '')
    .slice(0, 60)
    .toUpperCase()
  const whole = [prefix, words || 'VALUE'].filter((part) => part !== '').join('_')
  return /^\d/.test(whole) || TAKEN.test(whole) ? `SENT_${whole}` : whole
}
