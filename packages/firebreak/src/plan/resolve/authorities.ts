// Settles who can make calls: each authority has an address, a chain, and what its kind needs besides.
import { durationMs } from '../../base/units.ts'
import type { Authority, KeyAuthority } from '../../model/brake.ts'
import type { Address } from '../../model/hex.ts'
import type { Context } from './context.ts'
import { isFields, listOf, namesOf, onlyFields, quoted, unit, type Fields } from './report.ts'
import { nextName } from './rotation.ts'
import { secretOf } from './secret-place.ts'
import { settleSigner } from './signers.ts'

type Entry = readonly [string, Fields]

const kinds = ['key', 'safe', 'timelock', 'accessManager', 'governor']

export function resolveAuthorities(context: Context, entries: readonly Entry[]): readonly Authority[] {
  for (const [name, given] of entries) {
    if (kinds.includes(String(given.kind))) continue
    context.report(
      `authorities.${name}`,
      `is ${quoted(given.kind)}, not an authority`,
      "write key({ address: '0x…', signer: keystore('keys/a.json', env('PASSWORD')), chain }) or safe({ address: '0x…', chain })",
    )
  }
  const names = entries.map(([name]) => name)
  const keys = entries.flatMap(([name, given]) => (given.kind === 'key' ? keyOf(context, name, given, names) : []))
  const senders: Senders = { keys, names: entries.flatMap(([name, given]) => (given.kind === 'key' ? [name] : [])) }
  const safes = entries.flatMap(([name, given]) => (given.kind === 'safe' ? (safeOf(context, name, given, senders) ?? []) : []))
  const delayed = entries.flatMap(([name, given]) => delayedOf(context, name, given, senders) ?? [])
  return [...keys, ...safes, ...delayed].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Keys that can send for others, and the names of those that are declared, be they settled or not. */
interface Senders {
  readonly keys: readonly KeyAuthority[]
  readonly names: readonly string[]
}

function keyOf(context: Context, name: string, given: Fields, names: readonly string[]): readonly KeyAuthority[] {
  const path = `authorities.${name}`
  onlyFields(context.report, path, given, ['kind', 'address', 'signer', 'chain', 'next'])
  const chain = context.chains.meet(`${path}.chain`, given.chain)
  const address = context.calls.address(context.report, `${path}.address`, given.address)
  const signer = settleSigner(context, `${path}.signer`, given.signer)
  const next = given.next === undefined || chain === undefined ? [] : nextOf(context, name, given.next, chain, address, names)
  if (chain === undefined || !address || !signer) return []
  return [{ kind: 'key', name, chain, address, signer }, ...next]
}

/** The key that takes this one's place: an authority of its own, second in everything that the first may do. */
function nextOf(
  context: Context,
  name: string,
  given: unknown,
  chain: string,
  before: Address | undefined,
  names: readonly string[],
): readonly KeyAuthority[] {
  const path = `authorities.${name}.next`
  if (!isFields(given)) {
    context.report(path, `is ${quoted(given)}`, "write { address: '0x…', signer: keystore('keys/b.json', env('PASSWORD')) }")
    return []
  }
  onlyFields(context.report, path, given, ['address', 'signer'])
  const address = context.calls.address(context.report, `${path}.address`, given.address)
  const signer = settleSigner(context, `${path}.signer`, given.signer)
  if (names.includes(nextName(name)))
    context.report(path, `takes the name '${nextName(name)}', which another authority has`, 'call that one something else')
  if (address !== undefined && address === before)
    context.report(`${path}.address`, 'is the address that it is to replace', 'give the address of the new key')
  return address && signer ? [{ kind: 'key', name: nextName(name), chain, address, signer }] : []
}

function safeOf(context: Context, name: string, given: Fields, senders: Senders): Authority | undefined {
  const path = `authorities.${name}`
  onlyFields(context.report, path, given, [
    'kind',
    'address',
    'chain',
    'executor',
    'service',
    'serviceKey',
    'multiSend',
    'signersTake',
    'known',
  ])
  const chain = context.chains.meet(`${path}.chain`, given.chain)
  const address = context.calls.address(context.report, `${path}.address`, given.address)
  const executor = given.executor === undefined ? undefined : senderOf(context, `${path}.executor`, given.executor, chain, senders)
  const service = given.service === undefined ? undefined : secretOf(context.report, `${path}.service`, given.service, ['env', 'file'])
  const serviceKey =
    given.serviceKey === undefined ? undefined : secretOf(context.report, `${path}.serviceKey`, given.serviceKey, ['env', 'file'])
  const multiSend = given.multiSend === undefined ? undefined : context.calls.address(context.report, `${path}.multiSend`, given.multiSend)
  const signersTakeMs = unit(context.report, `${path}.signersTake`, given.signersTake ?? '94m', durationMs, 'a duration', '94m')
  const known = listOf(given.known).map((one, i) => context.calls.address(context.report, `${path}.known[${i}]`, one))
  const chainId = context.chains.all().find((one) => one.name === chain)?.id
  if (chain === undefined || chainId === undefined || !address || signersTakeMs === undefined) return undefined
  return {
    kind: 'safe',
    name,
    chain,
    chainId,
    address,
    executor: executor?.name,
    executorAddress: executor?.address,
    service,
    serviceKey,
    multiSend,
    signersTakeMs,
    known: known.filter((one): one is Address => one !== undefined),
  }
}

/** What acts after a delay of its own, through a key that asks it to. */
function delayedOf(context: Context, name: string, given: Fields, senders: Senders): Authority | undefined {
  const { kind } = given
  if (kind !== 'timelock' && kind !== 'accessManager' && kind !== 'governor') return undefined
  const path = `authorities.${name}`
  onlyFields(context.report, path, given, ['kind', 'address', 'chain', 'sender', ...(kind === 'governor' ? ['flavour'] : [])])
  const chain = context.chains.meet(`${path}.chain`, given.chain)
  const address = context.calls.address(context.report, `${path}.address`, given.address)
  if (given.sender === undefined)
    context.report(`${path}.sender`, 'is missing', "name the key that schedules and executes: sender: 'sentinel'")
  const sender = senderOf(context, `${path}.sender`, given.sender, chain, senders)
  const flavour = given.flavour ?? 'openzeppelin'
  if (flavour !== 'openzeppelin' && flavour !== 'bravo')
    return context.report(`${path}.flavour`, `is ${quoted(flavour)}`, "say 'openzeppelin' or 'bravo'")
  if (chain === undefined || !address || !sender) return undefined
  const common = { name, chain, address, sender: sender.name, senderAddress: sender.address }
  return kind === 'governor' ? { kind, flavour, ...common } : { kind, ...common }
}

/** The key that sends on behalf of an authority: declared in this plan, on the same chain. */
function senderOf(
  context: Context,
  path: string,
  given: unknown,
  chain: string | undefined,
  { keys, names }: Senders,
): KeyAuthority | undefined {
  const [name] = namesOf(context.report, path, given, names, 'key')
  const key = keys.find((one) => one.name === name)
  if (key && chain !== undefined && key.chain !== chain)
    return context.report(path, `'${key.name}' acts on '${key.chain}', and this is on '${chain}'`, 'name a key on the same chain')
  return key
}
