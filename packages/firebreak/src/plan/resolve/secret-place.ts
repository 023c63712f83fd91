// Settles where a secret is found: the plan only ever refers to it.
import type { SecretRef } from '../../model/brake.ts'
import { isFields, quoted, type Report } from './report.ts'

/** A secret's place, as it enters the plan: names and paths that are themselves secrets are refused unseen. */
export function secretOf(report: Report, path: string, given: unknown, kinds: readonly SecretRef['kind'][]): SecretRef | undefined {
  const mend = `refer to it: ${kinds.map((kind) => (kind === 'keystore' ? "keystore('keys/a.json', env('PASSWORD'))" : kind === 'env' ? "env('NAME')" : "file('path')")).join(' or ')}`
  if (!isFields(given))
    return report(path, typeof given === 'string' ? 'is written out in the plan (not shown)' : `is ${quoted(given)}`, mend)
  if (given.kind === 'env' && kinds.includes('env')) {
    const { name } = given
    const fits = typeof name === 'string' && /^[A-Za-z_]\w*$/.test(name) && !/^[0-9a-fA-F]{64}$/.test(name)
    return fits
      ? { kind: 'env', name }
      : report(
          path,
          'the name of the environment variable is not a name (not shown)',
          "write env('NAME'), and put the secret into that variable",
        )
  }
  if ((given.kind === 'file' || given.kind === 'keystore') && kinds.includes(given.kind)) {
    const where = pathOf(given.path)
    if (where === undefined) return report(path, 'the file is not a path (not shown)', 'give the path of a file, from the plan on')
    if (given.kind === 'file') return { kind: 'file', path: where }
    const password = secretOf(report, `${path}.password`, given.password, ['env', 'file'])
    return password && { kind: 'keystore', path: where, password }
  }
  return report(path, `is ${quoted(given.kind)}, which cannot be used here`, mend)
}

function pathOf(given: unknown): string | undefined {
  if (typeof given !== 'string' || given === '' || given.includes('://') || given.includes('\n') || /(?:0x)?[0-9a-fA-F]{64}$/.test(given))
    return undefined
  return given.replace(/^(?:\.\/)+/, '')
}
