// One run for every test; whole-path tests start real chains, so files run two at a time on two cores.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'drills/**/*.test.ts',
      'examples/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/lint-fixtures/**'],
    globalSetup: ['packages/firebreak/test/global-setup.ts'],
    // Processes of their own: what a test leaves running is then never a child of the run itself.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
