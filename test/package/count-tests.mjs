// Sums vitest's JSON reports, the arguments, and prints "N passed, N failed" as the last line. Exits with 1 when
// anything failed, was skipped or did not run: in CI every test has what it needs.
import { existsSync, readFileSync } from 'node:fs'

let passed = 0
let failed = 0
let skipped = 0

for (const path of process.argv.slice(2)) {
  if (existsSync(path)) count(JSON.parse(readFileSync(path, 'utf8')))
  else fail(`There is no test report ${path}: its tests did not run.`)
}
if (passed + failed === 0) fail('No test ran.')
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed + skipped > 0 ? 1 : 0

/** @param {{ testResults: { name: string, status: string, assertionResults: { status: string, fullName: string }[] }[] }} report */
function count(report) {
  for (const file of report.testResults) {
    const tests = file.assertionResults
    passed += tests.filter((test) => test.status === 'passed').length
    failed += tests.filter((test) => test.status === 'failed').length
    for (const test of tests.filter((each) => !['passed', 'failed'].includes(each.status))) {
      skipped += 1
      console.log(`Skipped: ${test.fullName} (${file.name})`)
    }
    // A file that cannot be loaded, or whose hooks fail, has no failed test of its own.
    if (file.status === 'failed' && !tests.some((test) => test.status === 'failed')) fail(`Failed: ${file.name}`)
  }
}

/** @param {string} reason */
function fail(reason) {
  failed += 1
  console.log(reason)
}
