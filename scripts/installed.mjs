// Answers whether node_modules is what package-lock.json says, and why not; plain JavaScript for any Node from 18 on.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {import('./lockfile.ts').LockEntry} LockEntry */

/**
 * The Node 24 that the npm package `node` brings.
 * @param {string} root the repository's folder
 */
export function packagedNode(root) {
  return join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

/**
 * What is missing or different, in a few words; undefined when everything is there.
 * @param {string} root
 */
export function whatIsMissing(root) {
  const wanted = packages(join(root, 'package-lock.json'))
  if (wanted === undefined) return 'package-lock.json cannot be read'
  const installed = packages(join(root, 'node_modules', '.package-lock.json'))
  if (installed === undefined) return 'nothing is installed yet'

  for (const [path, want] of Object.entries(wanted)) {
    if (!path.includes('node_modules/') || !isForThisMachine(want)) continue
    const have = installed[path]
    if (have === undefined || !existsSync(join(root, path))) return `${path} is missing`
    if (have.version !== want.version) return `${path} is ${have.version}, not ${want.version}`
    // Packages for other systems stand in the lockfile without their integrity (see lockfile.ts).
    if (want.integrity !== undefined && have.integrity !== want.integrity) return `${path} is not the one that package-lock.json names`
  }
  // Its install script makes this binary; with `--ignore-scripts` the package is there and the binary is not.
  const version = wanted['node_modules/node']?.version
  const answer = spawnSync(packagedNode(root), ['--version'], { encoding: 'utf8' })
  if (answer.stdout?.trim() !== `v${version}`) return `node_modules/node has no Node ${version}`
  return undefined
}

/**
 * Optional packages are built for one system each; npm installs those that fit. Which C library fits is left to npm.
 * @param {LockEntry} entry
 */
function isForThisMachine(entry) {
  if (!entry.optional) return true
  return entry.libc === undefined && fits(entry.os, process.platform) && fits(entry.cpu, process.arch) && entry.os !== undefined
}

/** @type {(allowed: readonly string[] | undefined, mine: string) => boolean} */
function fits(allowed, mine) {
  return allowed === undefined || allowed.includes(mine)
}

/** @type {(path: string) => Readonly<Record<string, LockEntry>> | undefined} */
function packages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return undefined
  }
}
