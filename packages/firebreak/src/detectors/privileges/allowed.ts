// What the plan says of powers beforehand: what has to be, and what may come.
import { isAddress } from 'viem'
import type { Fault } from '../../model/errors.ts'
import type { Hex } from '../../model/hex.ts'
import { addressText, listText, none, powers, shapes } from './powers.ts'
import type { Power, Shape } from './powers.ts'
import { pairKey, roleHash } from './roles.ts'

type ValueOf = { readonly address: string; readonly number: bigint | number; readonly addresses: readonly string[] }
type Shapes = typeof shapes

/** What has to be. Accounts under `roles` have the role, and nobody else may get it. */
export type Expected = { readonly [power in Power]?: ValueOf[Shape] } & {
  readonly roles?: Readonly<Record<string, readonly string[]>>
  /** Values of `also`, by name. */
  readonly also?: Readonly<Record<string, string | bigint | number | boolean>>
}

/** What may come, for each power any number of values; for owners, modules and roles those who may be added. */
export type Awaited = { readonly [power in Power]?: readonly (string | bigint | number)[] } & {
  readonly roles?: Readonly<Record<string, readonly string[]>>
  readonly also?: Readonly<Record<string, readonly (string | bigint | number | boolean)[]>>
}

export interface Allowed {
  /** The value that has to be, by key. */
  readonly expected: ReadonlyMap<string, string>
  /** Values that may come, by key; of lists, the members. */
  readonly awaited: ReadonlyMap<string, ReadonlySet<string>>
  /** Keys of which the plan says anything: whatever it does not list is then less likely meant. */
  readonly spokenOf: ReadonlySet<string>
  /** Roles of which the plan says who has them, or who may get them. */
  readonly roles: ReadonlySet<Hex>
}

export function allowedOf(faults: Fault[], expect: Expected, unless: Awaited, also: readonly string[]): Allowed {
  const expected = new Map<string, string>()
  const awaited = new Map<string, Set<string>>()
  const spokenOf = new Set<string>()
  const roles = new Set<Hex>()
  const may = (key: string, value: string): void => {
    awaited.set(key, (awaited.get(key) ?? new Set()).add(value))
    spokenOf.add(key)
  }

  for (const [name, value] of Object.entries(expect)) {
    if (name === 'roles' || name === 'also' || value === undefined) continue
    const text = asText(faults, `expect.${name}`, name, value)
    if (text === undefined) continue
    expected.set(name, text)
    spokenOf.add(name)
  }
  for (const [name, values] of Object.entries(unless)) {
    if (name === 'roles' || name === 'also' || values === undefined) continue
    if (!Array.isArray(values)) {
      faults.push({ path: `unless.${name}`, wrong: 'it is not a list', mend: 'list the values that may come: [newImplementation]' })
      continue
    }
    values.forEach((value: unknown, i) => {
      const text = asText(faults, `unless.${name}[${i}]`, name, value, shapes[name as Power] === 'number' ? 'number' : 'address')
      if (text !== undefined) may(name, text)
    })
  }
  for (const [path, listed, has] of [
    ['expect.roles', expect.roles, true],
    ['unless.roles', unless.roles, false],
  ] as const) {
    for (const [name, accounts] of Object.entries(listed ?? {})) {
      const role = roleHash(name)
      roles.add(role)
      accounts.forEach((account, i) => {
        if (!addressFits(faults, `${path}.${name}[${i}]`, account)) return
        const key = pairKey({ role, account: addressText(account) as Hex })
        if (has) expected.set(key, 'held')
        else may(key, 'held')
      })
    }
  }
  for (const [name, value] of Object.entries(expect.also ?? {})) {
    if (knownAlso(faults, `expect.also.${name}`, name, also)) expected.set(`also:${name}`, String(value))
  }
  for (const [name, values] of Object.entries(unless.also ?? {})) {
    if (knownAlso(faults, `unless.also.${name}`, name, also)) for (const value of values) may(`also:${name}`, String(value))
  }
  return { expected, awaited, spokenOf, roles }
}

function asText(faults: Fault[], path: string, name: string, value: unknown, shape: Shape = shapes[name as Power]): string | undefined {
  if (!isPower(name)) {
    faults.push({ path, wrong: `'${name}' is not a power that is known`, mend: `use one of: ${powers.join(', ')}, roles, also` })
    return undefined
  }
  switch (shape) {
    case 'address':
      if (value === none) return none
      return addressFits(faults, path, value) ? addressText(value) : undefined
    case 'number':
      if ((typeof value === 'bigint' || typeof value === 'number') && value >= 0) return String(value)
      faults.push({ path, wrong: `${String(value)} is not a number`, mend: 'write a whole number, such as 2' })
      return undefined
    case 'addresses': {
      const list: readonly unknown[] = Array.isArray(value) ? value : [value]
      const fitting = list.filter((one, i): one is string => addressFits(faults, `${path}[${i}]`, one))
      return fitting.length === list.length ? listText(fitting) : undefined
    }
  }
  return shape satisfies never
}

const isPower = (name: string): name is keyof Shapes => Object.hasOwn(shapes, name)

function addressFits(faults: Fault[], path: string, value: unknown): value is string {
  if (typeof value === 'string' && isAddress(value, { strict: false })) return true
  faults.push({ path, wrong: `'${String(value)}' is not an address`, mend: 'write 0x and 40 hex digits' })
  return false
}

function knownAlso(faults: Fault[], path: string, name: string, also: readonly string[]): boolean {
  if (also.includes(name)) return true
  faults.push({
    path,
    wrong: `\`also\` has no '${name}'`,
    mend: also.length > 0 ? `use one of: ${also.join(', ')}` : 'name the read under `also`',
  })
  return false
}
