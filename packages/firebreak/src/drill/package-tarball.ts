// Takes a registry package's tarball alone, at an exact version and hash, and reads single files out of it; nothing of it is installed.
import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { UserError } from '../model/errors.ts'
import type { Artifact } from './define.ts'
import { filesInTar } from './tar.ts'

const run = promisify(execFile)
const patienceMs = 120_000

/** One package, pinned: what the registry serves must have exactly this hash. */
export interface PinnedPackage {
  readonly name: string
  readonly version: string
  /** As in a lock file: `sha512-` and base64. */
  readonly integrity: string
}

export interface OpenPackage {
  /** A file's text, by its path inside the package. */
  readonly text: (path: string) => string
  /** ABI and creation bytecode of a Hardhat or Truffle artifact. */
  readonly artifact: (path: string) => Artifact
  readonly paths: readonly string[]
}

const fileName = ({ name, version }: PinnedPackage): string => `${name.replace(/^@/, '').replaceAll('/', '-')}-${version}.tgz`
const hashOf = (bytes: Uint8Array): string => `sha512-${createHash('sha512').update(bytes).digest('base64')}`

/** Opens the package from `cache`, after fetching it with `npm pack` when it is not there; two processes may do so at once. */
export async function openPackage(wanted: PinnedPackage, cache: string = join(process.cwd(), '.cache', 'packages')): Promise<OpenPackage> {
  const bytes = (await cached(wanted, cache)) ?? (await fetched(wanted, cache))
  const files = filesInTar(gunzipSync(bytes))
  const text = (path: string): string => {
    const body = files.get(`package/${path}`)
    if (!body)
      throw new UserError({
        path: `${wanted.name}@${wanted.version}`,
        wrong: `has no file ${path}`,
        mend: 'name a file that the package carries',
      })
    return new TextDecoder().decode(body)
  }
  return {
    text,
    artifact: (path) => artifactIn(text(path), `${wanted.name}@${wanted.version}/${path}`),
    paths: [...files.keys()].map((path) => path.slice(8)),
  }
}

/** A file in the cache whose hash is wrong counts as absent: it is fetched again. */
async function cached(wanted: PinnedPackage, cache: string): Promise<Buffer | undefined> {
  const bytes = await readFile(join(cache, fileName(wanted))).catch(() => undefined)
  return bytes && hashOf(bytes) === wanted.integrity ? bytes : undefined
}

async function fetched(wanted: PinnedPackage, cache: string): Promise<Buffer> {
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, `.fetch-${randomUUID().slice(0, 8)}-`))
  const spec = `${wanted.name}@${wanted.version}`
  try {
    const args = ['pack', spec, '--pack-destination', folder, '--ignore-scripts', '--loglevel=error', '--fetch-retry-mintimeout=1000']
    await run('npm', args, { cwd: folder, timeout: patienceMs }).catch((error: unknown) => {
      throw new UserError({
        path: spec,
        wrong: `npm could not fetch it: ${reasonOf(error)}`,
        mend: `connect to the registry once, or put ${fileName(wanted)} into ${cache}`,
      })
    })
    const bytes = await readFile(join(folder, fileName(wanted)))
    const hash = hashOf(bytes)
    if (hash !== wanted.integrity)
      throw new UserError({
        path: spec,
        wrong: `the registry served ${hash}, not ${wanted.integrity}`,
        mend: 'do not use it; find out who changed the package or the list',
      })
    // Fetched apart and moved into place, so that another process never reads half a file.
    await rename(join(folder, fileName(wanted)), join(cache, fileName(wanted)))
    return bytes
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** npm's own first complaint, without its prefix. */
function reasonOf(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
  const lines = said.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/i, '').trim())
  return lines.find((line) => line !== '' && !/^(code|errno|syscall|npm warn)\b/i.test(line)) ?? 'it gave no reason'
}

function artifactIn(text: string, where: string): Artifact {
  const { abi, bytecode } = JSON.parse(text) as { readonly abi?: unknown; readonly bytecode?: unknown }
  if (Array.isArray(abi) && typeof bytecode === 'string' && /^(0x)?([0-9a-f]{2})+$/i.test(bytecode))
    return { abi, bytecode: bytecode.startsWith('0x') ? (bytecode as Artifact['bytecode']) : `0x${bytecode}` }
  throw new UserError({
    path: where,
    wrong: 'is no artifact with ABI and bytecode',
    mend: 'name a contract that can be deployed without linking',
  })
}
