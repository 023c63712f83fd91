// `firebreak init`: writes a starter plan with typed ABIs, and says what to do next. Nothing that is there is overwritten.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { UserError, type Fault } from '../model/errors.ts'
import { starterPlan, type StarterFile, type StarterOptions } from '../plan/init.ts'
import { carryOut, command } from './command.ts'
import type { ExitCode, Io } from './io.ts'

interface InitOptions {
  readonly chainId: string
  readonly chain: string
  readonly contract: readonly string[]
  readonly name?: string
  readonly guardian?: string
  readonly rpcEnv: string
  readonly folder: string
  readonly json?: boolean
}

export function initCommand(): Command {
  return command({
    name: 'init',
    about: 'Write a starter plan: typed ABIs, what to watch as far as the ABIs tell, and a brake for every contract that can pause.',
    example: 'firebreak init --chain-id 1 --chain mainnet --contract vault=0x…:out/Vault.json --guardian 0x…',
  })
    .requiredOption('--chain-id <n>', 'the chain’s id: 1 is Ethereum, 31337 a local anvil')
    .requiredOption(
      '--contract <name=address:abi.json>',
      'a contract to protect, with its ABI or artifact (repeatable)',
      (text: string, before: readonly string[]) => [...before, text],
      [],
    )
    .option('--chain <name>', 'what the plan calls the chain', 'mainnet')
    .option('--name <name>', 'the plan’s name; the first contract’s unless given')
    .option('--guardian <address>', 'the key that may pull the brakes; without it they are written as comments')
    .option('--rpc-env <variable>', 'the environment variable that holds the node’s URL or socket', 'RPC_URL')
    .option('--folder <folder>', 'where to write', '.')
    .action(async (options: InitOptions) => carryOut(options.json, async (io) => init(options, io)))
}

function init(options: InitOptions, io: Io): ExitCode {
  const folder = resolve(options.folder)
  const { chainId, contracts } = given(options)
  const files = starterPlan({
    chain: { name: options.chain, id: chainId, rpcEnv: options.rpcEnv },
    contracts,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.guardian === undefined ? {} : { guardian: options.guardian }),
  })
  const written = write(folder, files)
  const shown = (path: string): string => join(options.folder, path)
  for (const path of written) io.say(`${io.paint('green', '+')} ${shown(path)}`)
  io.say()
  for (const line of nextSteps(options, shown('firebreak.plan.ts'), io)) io.say(line)
  io.document({ folder, written, plan: join(folder, 'firebreak.plan.ts') })
  return 0
}

/** Every fault of the arguments at once. */
function given(options: InitOptions): { readonly chainId: number; readonly contracts: StarterOptions['contracts'] } {
  const faults: Fault[] = []
  const chainId = Number(options.chainId)
  if (!Number.isSafeInteger(chainId) || chainId < 1)
    faults.push({ path: '--chain-id', wrong: `is '${options.chainId}'`, mend: 'give a whole number, such as 1' })
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(options.rpcEnv))
    faults.push({
      path: '--rpc-env',
      wrong: `'${options.rpcEnv.slice(0, 12)}…' is not the name of a variable`,
      mend: 'give the name, not the URL: a plan never holds one',
    })
  const contracts = options.contract.flatMap((text) => {
    const match = /^([^=]+)=(0x[0-9a-fA-F]{40}):(.+)$/.exec(text)
    const [, name = '', address = '', file = ''] = match ?? []
    if (!match) {
      faults.push({ path: `--contract ${text}`, wrong: 'is not name=address:file', mend: 'write it like vault=0x0123…cdef:out/Vault.json' })
      return []
    }
    try {
      return [{ name, address, abi: JSON.parse(readFileSync(file, 'utf8')) as unknown }]
    } catch (error) {
      const missing = error instanceof Error && 'code' in error
      faults.push({
        path: `--contract ${name}`,
        wrong: missing ? `${file} cannot be read` : `${file} is not JSON`,
        mend: 'give a JSON file that is an ABI, or an artifact of solc, foundry or hardhat',
      })
      return []
    }
  })
  if (faults.length === 0 && contracts.length === 0)
    faults.push({ path: '--contract', wrong: 'is not given', mend: 'name at least one contract to protect' })
  if (faults.length > 0) throw new UserError(faults)
  return { chainId, contracts }
}

/** All or nothing: what is there already is refused before anything is written. */
function write(folder: string, files: readonly StarterFile[]): readonly string[] {
  const there = files.filter(({ path, onlyIfMissing }) => !onlyIfMissing && existsSync(join(folder, path)))
  if (there.length > 0)
    throw new UserError(
      there.map(({ path }) => ({
        path: join(folder, path),
        wrong: 'is there already, and is not overwritten',
        mend: 'move it away, or write elsewhere with --folder <folder>',
      })),
    )
  const wanted = files.filter(({ path, onlyIfMissing }) => !onlyIfMissing || !existsSync(join(folder, path)))
  for (const { path, text } of wanted) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text, { flag: 'wx' })
  }
  return wanted.map(({ path }) => path)
}

function nextSteps({ rpcEnv, guardian }: InitOptions, plan: string, io: Io): readonly string[] {
  const how = plan === 'firebreak.plan.ts' ? '' : ` --plan ${plan}`
  const steps: readonly (readonly [does: string, how: string])[] = [
    ['read it, say what is at stake (assets) and what must always hold', plan],
    ['point it at a node', `export ${rpcEnv}=…`],
    guardian === undefined
      ? ['name the key that may pull brakes, and uncomment them', `authorities in ${plan}`]
      : [
          'put its key where the plan looks for it: a keystore, and its password in a variable',
          'keys/sentinel.json, export SENTINEL_PASSWORD=…',
        ],
    ['see whether every brake would work', `firebreak check${how}`],
    ['watch; nothing is ever sent', `firebreak run${how}`],
    ['watch and act', `firebreak run${how} --armed`],
  ]
  return [io.paint('bold', 'Next'), ...steps.flatMap(([does, step], i) => [`  ${i + 1}. ${does}`, `     ${io.paint('cyan', step)}`])]
}
