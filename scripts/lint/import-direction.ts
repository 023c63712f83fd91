// A lint rule: inside a package's src, imports run one way, and stages on one level do not know each other.
import { dirname, posix, sep } from 'node:path'

/** From the bottom up. A folder (or file) may import from lower levels and from itself; one that is not listed has no place yet. */
const levels: readonly (readonly string[])[] = [
  ['model'],
  ['base'],
  ['stages'],
  [
    'plan',
    'chain',
    'journal',
    'sources',
    'detectors',
    'incidents',
    'decisions',
    'readiness',
    'responders',
    'local-chain',
    'watchdog',
    'voice',
  ],
  ['engine'],
  ['drill'],
  ['cli'],
  ['index'],
]

interface ImportNode {
  readonly source?: { readonly type: string; readonly value?: unknown } | null
}

interface Context {
  readonly filename: string
  readonly report: (fault: { readonly node: unknown; readonly message: string }) => void
}

/** What is wrong with this import, or undefined. Paths with forward slashes. */
function faultOf(file: string, source: string): string | undefined {
  const root = file.lastIndexOf('/src/')
  if (root < 0 || /\.test(-d)?\.ts$/.test(file)) return undefined
  const from = partOf(file.slice(root + 5))
  if (source === 'firebreak') return 'inside the package, import the file itself, not the public face'
  if (!source.startsWith('.')) return undefined

  const target = posix.join(dirname(file.slice(root + 5)), source)
  if (target.startsWith('..')) return 'source files import nothing from outside src'
  const to = partOf(target)
  if (from === to) return undefined

  const [mine, theirs] = [levelOf(from), levelOf(to)]
  if (mine < 0 || theirs < 0) return `${mine < 0 ? from : to} has no level: give it one in scripts/lint/import-direction.ts`
  if (theirs > mine) return `${from} is below ${to} and may not import from it`
  if (theirs === mine) return `${from} and ${to} are on one level and do not import each other: meet in model or base`
  return undefined
}

function partOf(path: string): string {
  return (path.split('/')[0] ?? '').replace(/\.ts$/, '')
}

function levelOf(part: string): number {
  return levels.findIndex((parts) => parts.includes(part))
}

const importDirection = {
  create(context: Context) {
    const file = context.filename.split(sep).join('/')
    const look = (node: ImportNode) => {
      if (typeof node.source?.value !== 'string') return
      const message = faultOf(file, node.source.value)
      if (message !== undefined) context.report({ node, message })
    }
    return { ImportDeclaration: look, ExportNamedDeclaration: look, ExportAllDeclaration: look, ImportExpression: look }
  },
}

export default { meta: { name: 'firebreak' }, rules: { 'import-direction': importDirection } }
