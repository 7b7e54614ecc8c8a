import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../', import.meta.url))
const text = readFileSync(`${root}docs/django-silk.md`, 'utf8')
const rows = text.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:---|django-silk \|)/.test(line))

/** Of silk/config.py at e015b28, and those that other files of it read. */
const SETTINGS = `SILKY_DYNAMIC_PROFILING SILKY_IGNORE_PATHS SILKY_HIDE_COOKIES SILKY_IGNORE_QUERIES SILKY_META
  SILKY_AUTHENTICATION SILKY_AUTHORISATION SILKY_PERMISSIONS SILKY_MAX_RECORDED_REQUESTS
  SILKY_MAX_RECORDED_REQUESTS_CHECK_PERCENT SILKY_MAX_REQUEST_BODY_SIZE SILKY_MAX_RESPONSE_BODY_SIZE
  SILKY_INTERCEPT_PERCENT SILKY_INTERCEPT_FUNC SILKY_PYTHON_PROFILER SILKY_PYTHON_PROFILER_FUNC
  SILKY_PYTHON_PROFILER_BINARY SILKY_PYTHON_PROFILER_RESULT_PATH SILKY_PYTHON_PROFILER_EXTENDED_FILE_NAME
  SILKY_STORAGE_CLASS SILKY_MIDDLEWARE_CLASS SILKY_JSON_ENSURE_ASCII SILKY_ANALYZE_QUERIES SILKY_EXPLAIN_FLAGS
  SILKY_SENSITIVE_KEYS SILKY_DELETE_PROFILES SILKY_IGNORE_FILES`.split(/\s+/)

describe('docs/django-silk.md', () => {
  test.each(SETTINGS)('has the setting %s', (setting) => {
    expect(rows.filter((row) => row.split(' | ')[0]?.includes(`\`${setting}\``))).toHaveLength(1)
  })

  test.each(['silk_clear_request_log', 'silk_request_garbage_collect', 'silk_profile'])('has %s', (name) => {
    expect(rows.some((row) => row.includes(name))).toBe(true)
  })

  test.each(rows.map((row) => [row.split(' | ')[0]?.slice(2) ?? '', row]))(
    '%s names tests that are there',
    (_, row) => {
      const held = row.split(' | ').at(-1) ?? ''
      const named = [...held.matchAll(/`(test\/[^`]+)`(?:: ([^;|]+?))?(?= *(?:[;,|]|$))/g)]

      expect(named.length).toBeGreaterThan(0)
      for (const [, file = '', title] of held.matchAll(/`(test\/[^`]+)`(?:: ([^;|]+))?/g)) {
        expect([file, existsSync(root + file)]).toEqual([file, true])
        const source = readFileSync(root + file, 'utf8')
        if (title !== undefined)
          expect([file, title.trim(), source.includes(title.trim())]).toEqual([file, title.trim(), true])
      }
    },
  )
})
