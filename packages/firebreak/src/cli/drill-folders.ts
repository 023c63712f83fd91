// Finds a drill by its folder or its name: a path, ./drills, or the drills that come with Firebreak's own repository.
import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UserError } from '../model/errors.ts'

const ours = fileURLToPath(new URL('../../../../drills', import.meta.url))

const isDrill = (folder: string): boolean => existsSync(join(folder, 'drill.ts'))

/** Where names are looked up, nearest first. */
const places = (cwd: string): readonly string[] => [...new Set([join(cwd, 'drills'), ours])]

export function allDrills(cwd: string = process.cwd()): readonly string[] {
  const found = new Map<string, string>()
  for (const place of places(cwd)) {
    if (!existsSync(place)) continue
    for (const name of readdirSync(place).toSorted()) if (isDrill(join(place, name)) && !found.has(name)) found.set(name, join(place, name))
  }
  return [...found.values()]
}

export function drillFolder(nameOrFolder: string, cwd: string = process.cwd()): string {
  const given = resolve(cwd, nameOrFolder)
  // A folder that was named as one is taken at its word: what is wrong with it is said when it is loaded.
  if (isDrill(given) || ((nameOrFolder.includes('/') || nameOrFolder.startsWith('.')) && existsSync(given))) return given
  const named = places(cwd)
    .map((place) => join(place, nameOrFolder))
    .find(isDrill)
  if (named) return named
  const known = allDrills(cwd).map((folder) => basename(folder))
  throw new UserError({
    path: nameOrFolder,
    wrong: 'is neither the folder nor the name of a drill',
    mend:
      known.length > 0
        ? `known are ${known.join(', ')}; or give the path of a folder with drill.ts in it`
        : 'give the path of a folder with drill.ts in it',
  })
}
