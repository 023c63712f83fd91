// Writes a starter plan: typed ABIs, and watches and brakes for what the ABIs show that a contract can do.
import { UserError } from '../model/errors.ts'
import type { Address } from '../model/hex.ts'
import { abiFile, mutability, readAbi, type AbiItem } from './abi-file.ts'
import { checksummed } from './address.ts'

export interface StarterOptions {
  /** The plan's name; the first contract's unless given. */
  readonly name?: string
  readonly chain: { readonly name: string; readonly id: number; readonly rpcEnv?: string }
  readonly contracts: readonly { readonly name: string; readonly address: string; readonly abi: unknown }[]
  /** The key that may pull the brakes; without it the brakes are written as comments. */
  readonly guardian?: string
}

export interface StarterFile {
  readonly path: string
  readonly text: string
  /** A settings file that belongs to the user's project: written only where there is none. */
  readonly onlyIfMissing: boolean
}

const settings = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    skipLibCheck: true,
  },
  include: ['firebreak.plan.ts', 'abis'],
}

interface Found {
  readonly name: string
  readonly address: Address
  readonly abi: readonly AbiItem[]
  readonly pausable: boolean
  readonly unpausable: boolean
  readonly vault: boolean
  readonly token: boolean
  /** Reads without arguments that give one whole number: what an invariant can be made of. */
  readonly amounts: readonly string[]
}

/** @example starterPlan({ chain: { name: 'mainnet', id: 1 }, contracts: [{ name: 'vault', address, abi }] }) */
export function starterPlan(options: StarterOptions): readonly StarterFile[] {
  const names = identifiers(options.contracts.map((contract) => contract.name))
  const found = options.contracts.map((contract, index) => look(names[index] ?? 'contract', contract))
  if (found.length === 0)
    throw new UserError({ path: 'contracts', wrong: 'are none', mend: 'give at least one contract: its name, address and ABI' })
  const guardian = options.guardian === undefined ? undefined : addressOf('guardian', options.guardian)
  return [
    { path: 'firebreak.plan.ts', text: planText(options, found, guardian), onlyIfMissing: false },
    ...found.map(({ name, abi }) => ({ path: `abis/${name}.ts`, text: abiFile(name, abi), onlyIfMissing: false })),
    { path: 'package.json', text: `${JSON.stringify({ private: true, type: 'module' }, null, 2)}\n`, onlyIfMissing: true },
    { path: 'tsconfig.json', text: `${JSON.stringify(settings, null, 2)}\n`, onlyIfMissing: true },
  ]
}

function look(name: string, contract: StarterOptions['contracts'][number]): Found {
  const abi = readAbi(contract.name, contract.abi)
  const has = (fn: string, inputs: number, output?: string): boolean =>
    abi.some(
      (entry) =>
        entry.type === 'function' &&
        entry.name === fn &&
        (entry.inputs ?? []).length === inputs &&
        (output === undefined || entry.outputs?.[0]?.type === output),
    )
  const pausable = has('paused', 0, 'bool') && has('pause', 0)
  return {
    name,
    address: addressOf(contract.name, contract.address),
    abi,
    pausable,
    unpausable: pausable && has('unpause', 0),
    vault: has('totalAssets', 0, 'uint256') && has('totalSupply', 0, 'uint256'),
    token: has('balanceOf', 1, 'uint256') && has('decimals', 0) && has('transfer', 2),
    amounts: abi.flatMap((entry) => (isAmount(entry) && entry.name !== undefined ? [entry.name] : [])),
  }
}

function isAmount(entry: AbiItem): boolean {
  const reading = mutability(entry) === 'view' && entry.type === 'function' && entry.inputs?.length === 0
  return reading && entry.outputs?.length === 1 && /^uint256$/.test(entry.outputs[0]?.type ?? '')
}

function addressOf(path: string, text: string): Address {
  const address = checksummed(text)
  if (address) return address
  throw new UserError({ path, wrong: 'its address is not one, or its checksum is wrong', mend: 'give 0x and 40 hexadecimal digits' })
}

/** Words that the plan's own text uses, or that JavaScript keeps. */
const taken = new Set(
  'chain on now definePlan env evm file key keystore asset fixed feed is atMost atLeast invariant sharePrice liveness outflow oracle default delete new class function import export const let var return this null true false in if for do'.split(
    ' ',
  ),
)

function identifiers(names: readonly string[]): readonly string[] {
  const used = new Set<string>()
  return names.map((name) => {
    const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
    const joined = words
      .map((word, index) =>
        index === 0
          ? word.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (start) => start.toLowerCase())
          : word.charAt(0).toUpperCase() + word.slice(1),
      )
      .join('')
    const base = /^[A-Za-z]/.test(joined) && !taken.has(joined) ? joined : `contract${joined.charAt(0).toUpperCase()}${joined.slice(1)}`
    let free = base
    for (let count = 2; used.has(free); count++) free = `${base}${count}`
    used.add(free)
    return free
  })
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

function quote(text: string): string {
  return `'${text.replace(/[\\'\n]/g, ' ')}'`
}

interface Entry {
  readonly name: string
  readonly text: string
  readonly uses: string
}

/** What to watch, as far as an ABI tells. */
function watchOf(contract: Found, chain: string): Entry {
  const { name } = contract
  if (contract.vault) {
    return {
      name: `${name}SharePrice`,
      uses: 'sharePrice',
      text: `    // What one share is worth moves slowly; a jump is a donation or an accounting error, a fall a loss.\n    ${name}SharePrice: sharePrice({ of: ${name}, maxStep: '1%', maxDrop: '0.5%', window: '10m' }),`,
    }
  }
  const [first, second] = contract.amounts
  if (first === undefined) {
    return {
      name: `${name}Heads`,
      uses: 'liveness',
      text: `    // The ABI has no figure to compare, so this only notices when the chain goes silent. Add an invariant with reads that take arguments.\n    ${name}Heads: liveness({ chain: ${quote(chain)}, heads: '5m' }),`,
    }
  }
  const reads = [first, second].filter((read) => read !== undefined)
  return {
    name: `${name}Sound`,
    uses: 'invariant',
    text: `    // What must always hold. Replace the comparison: this one is always true. For a lending market: (now) => now.assets >= now.debts
    ${name}Sound: invariant(
      { ${reads.map((read) => `${read}: ${name}.read.${read}()`).join(', ')} },
      (now) => ${reads.map((read) => `now.${read} >= 0n`).join(' && ')},
    ),`,
  }
}

function brakeOf(contract: Found): Entry | undefined {
  if (!contract.pausable) return undefined
  const name = `pause${capital(contract.name)}`
  const undo = contract.unpausable ? `\n      undo: ${contract.name}.write.unpause(),` : ''
  return {
    name,
    uses: '',
    text: `    ${name}: {
      call: ${contract.name}.write.pause(),
      holds: ${contract.name}.read.paused(),${undo}
      by: 'sentinel',
      // What an hour of needless pause costs: Firebreak weighs it against the loss that it avoids.
      falsePauseCosts: '$500/h',
      lasts: '4h',
    },`,
  }
}

function planText(options: StarterOptions, found: readonly Found[], guardian: Address | undefined): string {
  const chain = identifiers([options.chain.name])[0] ?? 'chain'
  const home = found.some((contract) => contract.name === chain) ? `${chain}Chain` : chain
  const watches = found.map((contract) => watchOf(contract, options.chain.name))
  const brakes = found.flatMap((contract) => brakeOf(contract) ?? [])
  const armed = guardian !== undefined && brakes.length > 0
  const imports = [
    'definePlan',
    'env',
    'evm',
    ...(armed ? ['key', 'keystore'] : []),
    ...new Set(watches.map((watch) => watch.uses)),
  ].toSorted()
  const commented = (text: string): string => text.replace(/^ {4}/gm, '    // ')
  const rule = `on(${watches.map((watch) => quote(watch.name)).join(', ')}).pull(${brakes.map((brake) => quote(brake.name)).join(', ')}).automatically({ atMost: '2/day' })`
  const authority = (address: string): string =>
    `    // A key that does nothing else. Its secret stays in the keystore; the plan only says where that is.\n    sentinel: key({ address: '${address}', signer: keystore('keys/sentinel.json', env('SENTINEL_PASSWORD')), chain: ${home} }),`
  const why =
    brakes.length === 0
      ? '    // None of the ABIs has pause() with paused(). A brake is any call with a read that says that it holds.'
      : '    // To let Firebreak act: name the key under `authorities`, import key and keystore, then uncomment these and the rule below.'
  return `// What Firebreak protects, what it watches, and what it may do. Check it with: firebreak check --plan firebreak.plan.ts
import { ${imports.join(', ')} } from 'firebreak'
${found.map(({ name }) => `import { ${name}Abi } from './abis/${name}.ts'`).join('\n')}

const ${home} = evm(${quote(options.chain.name)}, { id: ${options.chain.id}, rpc: env(${quote(options.chain.rpcEnv ?? 'RPC_URL')}) })
${found.map(({ name, address }) => `const ${name} = ${home}.at('${address}', ${name}Abi)`).join('\n')}

export default definePlan({
  name: ${quote(options.name ?? options.contracts[0]?.name ?? 'plan')},
  contracts: { ${found.map(({ name }) => name).join(', ')} },
${assetsText(found)}
  watch: {
${watches.map((watch) => watch.text).join('\n')}
  },
  authorities: {
${armed ? authority(guardian) : commented(authority('0x…'))}
  },
  brakes: {
${armed ? brakes.map((brake) => brake.text).join('\n') : [why, ...brakes.map((brake) => commented(brake.text))].join('\n')}
  },
  respond: (${armed ? 'on' : ''}) => [
${armed ? `    ${rule},` : `    // ${brakes.length === 0 ? "on('watch').pull('brake').automatically({ atMost: '2/day' })" : rule},`}
  ],
})
`
}

function assetsText(found: readonly Found[]): string {
  const token = found.find((contract) => contract.token && !contract.vault) ?? found.find((contract) => contract.token)
  const holder = found.find((contract) => contract !== token) ?? found[0]
  return `  assets: {
    // What is at stake; without it losses cannot be counted in dollars. Import asset and fixed (or feed), then for each token:
    // ${token?.name ?? 'usdc'}: asset({ token: ${token?.name ?? 'usdc'}, decimals: 6, price: fixed('$1'), heldBy: [${holder?.name ?? 'vault'}] }),
  },`
}
