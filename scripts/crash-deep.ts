// `npm run crash:deep`: kills the process at every request and every journal write of the public attack, not only at a tenth of them.
import { spawnSync } from 'node:child_process'

const run = spawnSync('vitest', ['run', 'packages/firebreak/test/whole-path/crash.test.ts', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, CRASH_DEEP: '1' },
  shell: process.platform === 'win32',
})
process.exitCode = run.status ?? 1
