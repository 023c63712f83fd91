// What package-lock.json has to be so that `npm ci` works everywhere: every system's optional packages in it, and no registry's address.

export interface LockEntry {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly optional?: boolean
  readonly license?: string
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockEntry>>
}

/**
 * Entries for the optional packages that the lockfile should have and has not. A registry that mirrors only some systems makes npm leave
 * the others out, and then `npm ci` refuses the lockfile everywhere. Their versions are exact, so they can be added; npm fills in the
 * integrity when it next meets them.
 */
export function missingEntries({ packages }: Lockfile): Readonly<Record<string, LockEntry>> {
  const missing: Record<string, LockEntry> = {}
  for (const [path, parent] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      if (`${path}/node_modules/${name}` in packages || `node_modules/${name}` in packages) continue
      const dev = parent.dev === undefined ? {} : { dev: parent.dev }
      const license = parent.license === undefined ? {} : { license: parent.license }
      missing[`node_modules/${name}`] = { version, ...systemOf(name), ...dev, ...license, optional: true }
    }
  }
  return missing
}

/** Entries that name a registry, which a newcomer's npm may not be able to reach. */
export function entriesWithAddress({ packages }: Lockfile): readonly string[] {
  return Object.entries(packages).flatMap(([path, { resolved }]) => (resolved?.includes('://') ? [path] : []))
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const processors: Readonly<Record<string, string>> = { amd64: 'x64', x64: 'x64', arm64: 'arm64', arm: 'arm', ia32: 'ia32' }
const libraries: Readonly<Record<string, string>> = { gnu: 'glibc', musl: 'musl' }

/** The system that a package is for, as these packages say it in their names: `…-linux-x64-gnu`. */
function systemOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> {
  const words = name.slice(name.indexOf('/') + 1).split('-')
  const os = words.find((word) => systems.includes(word))
  const processor = os === undefined ? undefined : words[words.indexOf(os) + 1]
  if (os === undefined || processor === undefined)
    throw new Error(`cannot tell which system ${name} is for: add it to package-lock.json by hand`)
  const library = os === 'linux' ? libraries[words.at(-1) ?? ''] : undefined
  return { os: [os], cpu: [processors[processor] ?? processor], ...(library === undefined ? {} : { libc: [library] }) }
}
