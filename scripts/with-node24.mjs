// Installs what is missing, then runs a script on the Node 24 that the project brings: `node scripts/with-node24.mjs <script> …arguments`.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startAgain } from '../packages/firebreak/bin/start-again.mjs'
import { packagedNode, whatIsMissing } from './installed.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [script, ...args] = process.argv.slice(2)
if (script === undefined) fail('no script was named', 'node scripts/with-node24.mjs <script> …arguments')
if (Number(process.versions.node.split('.')[0]) < 18) {
  fail(`this is Node ${process.versions.node}`, 'run it with Node 18 or later; the rest, Node 24 included, is installed from here')
}

const missing = whatIsMissing(root)
if (missing !== undefined) install(missing)

// Tests and tools that start `node`, `anvil` or `vitest` by name find the project's own.
process.env.PATH = [join(root, 'node_modules', '.bin'), process.env.PATH].join(process.platform === 'win32' ? ';' : ':')
startAgain(packagedNode(root), ['--disable-warning=ExperimentalWarning', script, ...args], (error) => {
  fail(`${packagedNode(root)} does not start (${error.message})`, 'delete node_modules and run the command again')
})

/**
 * `npm ci`, with everything it says on stderr: stdout belongs to the script.
 * @param {string} why
 */
function install(why) {
  process.stderr.write(`firebreak: installing what is missing (${why}); this takes a minute the first time\n`)
  const started = Date.now()
  const { command, prefix, shell } = npm()
  // Warnings are left out: on older Nodes npm prints one per package that wants a newer one, and those run on Node 24.
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--include=dev']
  const result = spawnSync(command, [...prefix, 'ci', ...quiet], { cwd: root, stdio: ['ignore', 2, 2], shell })
  if (result.status !== 0) {
    const end = result.error?.message ?? (result.signal === null ? `exit code ${result.status}` : result.signal)
    fail(`npm ci failed (${end})`, 'see the lines above; most often the registry cannot be reached (`npm ping`) or the disk is full')
  }
  const still = whatIsMissing(root)
  if (still !== undefined)
    fail(
      `npm ci ended well, but ${still}`,
      '`npm config get ignore-scripts` has to say false; then delete node_modules and run the command again',
    )
  process.stderr.write(`firebreak: installed in ${Math.round((Date.now() - started) / 1000)} s\n`)
}

/** The npm that runs us and the Node it runs on, which is not the one inside node_modules that `npm ci` replaces. */
function npm() {
  const { npm_execpath: path, npm_node_execpath: node } = process.env
  if (path && node && /npm-cli\.c?js$/.test(path)) return { command: node, prefix: [path], shell: false }
  return { command: 'npm', prefix: [], shell: process.platform === 'win32' }
}

/** @type {(wrong: string, mend: string) => never} */
function fail(wrong, mend) {
  process.stderr.write(`firebreak: ${wrong}\n    mend: ${mend}\n`)
  process.exit(1)
}
