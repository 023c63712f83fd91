// `npm run check`: lint, format, types and dead code.
import { runChecks } from './checks.ts'

const results = await runChecks()
const failed = results.filter((result) => !result.passed).length
console.log(`\n${results.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
