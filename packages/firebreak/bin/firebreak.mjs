#!/usr/bin/env node
// The launcher: runs the command line on Node 24 or later, whichever Node it was called with.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { startAgain } from './start-again.mjs'

const oldest = 24
const major = Number(process.versions.node.split('.')[0])

if (major >= oldest) {
  delete process.env.FIREBREAK_STARTED_BY
  quietExperiments()
  const { enableCompileCache } = await import('node:module')
  enableCompileCache()
  await import('../src/cli/main.ts')
} else if (process.env.FIREBREAK_STARTED_BY) {
  // Too old a second time: starting again would go on for ever.
  fail(`it was already started again (FIREBREAK_NODE=${process.env.FIREBREAK_NODE ?? ''}).`)
} else {
  const node = process.env.FIREBREAK_NODE || packagedNode()
  if (node === undefined) fail('no newer Node was found.')
  process.env.FIREBREAK_STARTED_BY = process.versions.node
  startAgain(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], (error) =>
    fail(`${node} does not start (${error.message}).`),
  )
}

/** The binary that the npm package `node` brings, if it is installed with its install script. */
function packagedNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    return [join(folder, 'bin', 'node.exe'), join(folder, 'bin', 'node')].find((path) => existsSync(path))
  } catch {
    return undefined
  }
}

/** node:sqlite and type stripping warn that they are new; that is our choice to make and no news to the user. */
function quietExperiments() {
  const emit = /** @type {(...given: readonly unknown[]) => void} */ (process.emitWarning.bind(process))
  process.emitWarning = (/** @type {readonly unknown[]} */ ...given) => {
    const options = given[1]
    const type = typeof options === 'object' && options !== null && 'type' in options ? options.type : options
    if (type !== 'ExperimentalWarning') emit(...given)
  }
}

/** @type {(why: string) => never} */
function fail(why) {
  process.stderr.write(
    `firebreak needs Node ${oldest} or later, this is Node ${process.versions.node}, and ${why}\n` +
      `    mend: install Node ${oldest} or later; or \`npm install --save-dev node@${oldest}\` with install scripts allowed;\n` +
      `          or set FIREBREAK_NODE to the path of a Node ${oldest} binary\n`,
  )
  process.exit(2)
}
