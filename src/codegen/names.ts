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
  const given: string[] = []
  return {
    given,
    next(prefix, name) {
      const base = variableName(prefix, name)
      let free = base
      for (let at = 2; given.includes(free); at++) free = `${base}_${at}`
      given.push(free)
      return free
    },
  }
}

function variableName(prefix: string, name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z\d]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60)
    .toUpperCase()
  const whole = [prefix, words || 'VALUE'].filter((part) => part !== '').join('_')
  return /^\d/.test(whole) || TAKEN.test(whole) ? `SENT_${whole}` : whole
}
