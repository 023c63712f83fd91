// Settles who can make calls: each authority has an address, a chain and a place where its secret is found.
import type { Authority } from '../../model/brake.ts'
import type { Context } from './context.ts'
import { secretOf } from './chains.ts'
import { onlyFields, quoted, type Fields } from './report.ts'

export function resolveAuthorities(context: Context, entries: readonly (readonly [string, Fields])[]): readonly Authority[] {
  const authorities: Authority[] = []
  for (const [name, given] of entries) {
    const path = `authorities.${name}`
    if (given.kind !== 'key') {
      context.report(
        path,
        `is ${quoted(given.kind)}, not an authority`,
        "write key({ address: '0x…', signer: keystore('keys/a.json', env('PASSWORD')), chain })",
      )
      continue
    }
    onlyFields(context.report, path, given, ['kind', 'address', 'signer', 'chain'])
    const chain = context.chains.meet(`${path}.chain`, given.chain)
    const address = context.calls.address(context.report, `${path}.address`, given.address)
    const secret = secretOf(context.report, `${path}.signer`, given.signer, ['keystore', 'env', 'file'])
    if (chain === undefined || !address || !secret) continue
    if (secret.kind === 'env') {
      context.warn(
        `${path}.signer`,
        'takes a private key from an environment variable, which every child process and crash dump can see',
        "for local use only; otherwise keystore('keys/a.json', env('PASSWORD'))",
      )
    }
    authorities.push({ kind: 'key', name, chain, address, secret })
  }
  return authorities
}
