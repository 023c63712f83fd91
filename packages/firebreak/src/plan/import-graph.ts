// Imports a plan with Node's own type stripping, from any folder, and notes every local file and package that it is made of.
import { readFileSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { dirname, extname, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { sha256 } from '../base/hash.ts'
import type { UserError } from '../model/errors.ts'
import type { Hex } from '../model/hex.ts'
import type { Sources } from './canonical-plan.ts'
import type { nativeImport as Import } from './native-import.ts'

/** This package's own entry and folder: `firebreak` means this very copy, wherever the plan lies. */
const requireHere = createRequire(import.meta.url)
const ownEntry = requireHere.resolve('firebreak')
const ownFolder = dirname(ownEntry) + sep
const ownUrl = import.meta.url

const { nativeImport } = requireHere(`./native-import${extname(import.meta.url)}`) as { nativeImport: typeof Import }

let loads = 0

export interface Imported {
  readonly module: unknown
  readonly sources: Sources
}

/** What was read up to the moment when an import failed. */
export type OnFailure = (error: unknown, files: readonly string[]) => UserError

export async function importPlan(file: string, onFailure: OnFailure): Promise<Imported> {
  const directory = dirname(file)
  // Each load is a fresh copy: a plan that was edited is not answered from the module cache.
  const mark = `firebreak-load=${++loads}`
  const files = new Map<string, Hex>()
  const packages = new Map<string, string>()
  const isOurs = (url: string | undefined): boolean =>
    url !== undefined && url.startsWith('file:') && new URL(url).searchParams.toString() === mark

  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const entry = specifier.startsWith('file:') && isOurs(specifier)
      if (!entry && !isOurs(context.parentURL)) return next(specifier, context)
      if (specifier === 'firebreak' || specifier.startsWith('firebreak/')) {
        notePackage(packages, ownEntry)
        return { url: pathToFileURL(requireHere.resolve(specifier)).href, shortCircuit: true }
      }
      const bare = /^[^./#]/.test(specifier) && !URL.canParse(specifier)
      const found = bare
        ? orFromHere(
            () => next(specifier, context),
            () => next(specifier, { ...context, parentURL: ownUrl }),
          )
        : next(specifier, context)
      if (!found.url.startsWith('file:')) return found
      const path = fileURLToPath(found.url)
      if (bare || path.includes(`${sep}node_modules${sep}`) || path.startsWith(ownFolder)) {
        notePackage(packages, path)
        return found
      }
      const url = new URL(found.url)
      url.search = mark
      // Said outright, so that a folder without package.json works and brings no warning.
      return { ...found, url: url.href, ...(/\.m?ts$/.test(path) && { format: 'module-typescript' as const }) }
    },
    load: (url, context, next) => {
      if (isOurs(url)) {
        const path = fileURLToPath(url)
        files.set(path, sha256(readFileSync(path)))
      }
      return next(url, context)
    },
  })
  try {
    const module: unknown = await nativeImport(`${pathToFileURL(file).href}?${mark}`)
    return { module, sources: sourcesOf(directory, files, packages) }
  } catch (error) {
    throw onFailure(error, [...files.keys()])
  } finally {
    hooks.deregister()
  }
}

/** A plan outside any project still finds viem: from our own folder, where it is installed. */
function orFromHere<found>(there: () => found, here: () => found): found {
  try {
    return there()
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    try {
      return here()
    } catch {
      throw error
    }
  }
}

function sourcesOf(directory: string, files: ReadonlyMap<string, Hex>, packages: ReadonlyMap<string, string>): Sources {
  const portable = (path: string): string => relative(directory, path).split(sep).join('/')
  return {
    directory,
    files: [...files].map(([path, hash]) => ({ path: portable(path), sha256: hash })).toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    packages: [...packages].map(([name, version]) => ({ name, version })).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

/** The package that a file belongs to: the nearest package.json with a name and a version. */
function notePackage(packages: Map<string, string>, path: string): void {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const description = descriptionAt(join(folder, 'package.json'))
    if (!description) continue
    packages.set(description.name, description.version)
    return
  }
}

function descriptionAt(path: string): { readonly name: string; readonly version: string } | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof content !== 'object' || content === null || !('name' in content) || !('version' in content)) return undefined
    return typeof content.name === 'string' && typeof content.version === 'string'
      ? { name: content.name, version: content.version }
      : undefined
  } catch {
    return undefined
  }
}
