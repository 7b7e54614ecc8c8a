/** A label on recordings: 1 to 80 characters on one line. */
export const SESSION_LABEL: RegExp = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,80}$/u
