// `npm run crash:deep`: kills the process at every request and every journal write of the public attack, not only at a tenth of them.
import { passOn } from './pass-on.ts'

const file = 'packages/firebreak/test/whole-path/crash.test.ts'
const { code } = await passOn('vitest', ['run', file, ...process.argv.slice(2)], { ...process.env, CRASH_DEEP: '1' })
process.exitCode = code ?? 1
