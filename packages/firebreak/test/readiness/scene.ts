// A bank on a real local chain with a plan file beside it, and the real command line to run against both.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect } from '../../src/chain/transport/connect.ts'
import type { Rpc } from '../../src/chain/transport/rpc.ts'
import type { Actor } from '../../src/drill/define.ts'
import { makeKit, type LocalKit } from '../../src/drill/kit.ts'
import { startAnvil } from '../../src/local-chain/anvil.ts'
import { startProxy, type Proxy } from '../../src/local-chain/ipc-proxy.ts'
import { compileSolidity } from '../../src/local-chain/solc.ts'
import { strictNode } from '../../src/local-chain/strict-node.ts'
import type { Address, Hex } from '../../src/model/hex.ts'
import { bankSource } from './bank.sol.ts'

export interface Bank {
  readonly kit: LocalKit
  readonly rpc: Rpc
  readonly proxy: Proxy
  readonly bank: Address
  readonly money: Address
  readonly guardian: Actor
  readonly owner: Actor
  readonly folder: string
  readonly stateFolder: string
  /** Calls the bank as somebody, mined at once. */
  readonly by: (who: Actor, fn: string, args?: readonly unknown[]) => Promise<Hex>
  readonly read: (fn: string) => Promise<unknown>
  readonly deploy: (name: 'Proxy' | 'ProxyAdmin', args: readonly unknown[]) => Promise<Address>
  readonly setBalance: (who: Address, wei: bigint) => Promise<void>
  /** Writes a plan with these brakes and gives its path. */
  readonly plan: (name: string, brakes: string, more?: PlanParts) => Promise<string>
  readonly stop: () => Promise<void>
}

export interface PlanParts {
  readonly contracts?: string
  readonly before?: string
  readonly signer?: string
  readonly authorities?: string
  readonly bank?: Address
  readonly rules?: string
}

const abiText = `const view = <const n extends string, const t extends string>(name: n, type: t) =>
  ({ type: 'function', name, stateMutability: 'view', inputs: [], outputs: [{ type, name: '' }] }) as const
const write = <const n extends string>(name: n) => ({ type: 'function', name, stateMutability: 'nonpayable', inputs: [], outputs: [] }) as const
const bankAbi = [
  view('paused', 'bool'), view('shut', 'bool'), view('frozen', 'bool'), view('cap', 'uint256'), view('missing', 'bool'), view('owner', 'address'),
  write('pause'), write('unpause'), write('shutDown'), write('freeze'), write('pretend'), write('onlyOwner'),
  { type: 'function', name: 'setCap', stateMutability: 'nonpayable', inputs: [{ type: 'uint256', name: 'cap' }], outputs: [] },
] as const
const moneyAbi = [
  { type: 'function', name: 'balanceOf', stateMutability: 'view', inputs: [{ type: 'address', name: 'who' }], outputs: [{ type: 'uint256', name: '' }] },
] as const`

export const pauseBrake = `pause: { call: bank.write.pause(), holds: bank.read.paused(), undo: bank.write.unpause(), by: 'guardian', falsePauseCosts: '$100/h' }`

export async function startBank(): Promise<Bank> {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-bank-'))
  const anvil = await startAnvil({ noMining: true, chainId: 31_337 })
  const rpc = connect(anvil.ipcPath, 'bank')
  const proxy = await startProxy({ upstream: anvil.ipcPath, rules: strictNode() })
  const stop = async (): Promise<void> => {
    await rpc.close()
    await proxy.close()
    await anvil.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const kit = makeKit({ request: (method, params) => rpc.request(method, params), seed: 1, chainId: 31_337 })
    const contracts = compileSolidity({ 'Bank.sol': bankSource })
    const contract = (name: string) => {
      const found = contracts[name]
      if (!found) throw new Error(`no contract ${name}`)
      return found
    }
    const [guardian, owner] = [await kit.actor('guardian'), await kit.actor('owner')]
    const bank = await kit.deploy(contract('Bank'), [owner.address, guardian.address], owner)
    const money = await kit.deploy(contract('Money'), [bank, 1_000_000n * 10n ** 6n], owner)
    await kit.mine(3)
    return {
      kit,
      rpc,
      proxy,
      bank,
      money,
      guardian,
      owner,
      folder,
      stateFolder: join(folder, 'state'),
      by: (who, fn, args = []) => kit.call(who, bank, contract('Bank').abi, fn, args),
      read: (fn) => kit.read(bank, contract('Bank').abi, fn),
      deploy: (name, args) => kit.deploy(contract(name), args, owner),
      setBalance: async (who, wei) => void (await rpc.request('anvil_setBalance', [who, `0x${wei.toString(16)}`])),
      plan: async (name, brakes, more = {}) => {
        const file = join(folder, `${name}.plan.ts`)
        await writeFile(file, planText(name, { bank: more.bank ?? bank, money, guardian: guardian.address }, brakes, more))
        return file
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function planText(
  name: string,
  at: { readonly bank: Address; readonly money: Address; readonly guardian: Address },
  brakes: string,
  more: PlanParts,
): string {
  return `import { asset, atMost, definePlan, env, evm, file, fixed, invariant, is, key, keystore } from 'firebreak'

${abiText}

const local = evm('local', { id: 31337, rpc: env('BANK_RPC'), finality: 8 })
const bank = local.at('${at.bank}', bankAbi)
const money = local.at('${at.money}', moneyAbi)
${more.before ?? ''}

export default definePlan({
  name: '${name}',
  contracts: { bank${more.contracts ?? ''} },
  assets: { money: asset({ token: money, decimals: 6, price: fixed('$1'), heldBy: [bank] }) },
  watch: { calm: invariant({ cap: bank.read.cap() }, () => true) },
  authorities: { guardian: key({ address: '${at.guardian}', signer: ${more.signer ?? "env('GUARDIAN_KEY')"}, chain: local })${more.authorities ?? ''} },
  brakes: {
    ${brakes},
  },
  respond: (on) => [${more.rules ?? ''}],
  bounds: { priceWindow: 3, keepGas: '0.05' },
})
`
}

const launcher = fileURLToPath(new URL('../../bin/firebreak.mjs', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** What every command of these tests finds in its environment. */
const envOf = (scene: Bank, more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  NO_COLOR: '1',
  BANK_RPC: scene.proxy.ipcPath,
  GUARDIAN_KEY: scene.guardian.privateKey,
  FIREBREAK_STATE: scene.stateFolder,
  ...more,
})

/** Runs a command of the real command line to its end; stdin is no terminal. */
export async function firebreak(scene: Bank, args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: envOf(scene, more) })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const late = setTimeout(() => child.kill('SIGKILL'), 45_000)
  const code = await new Promise<number | null>((done) => child.once('close', done))
  clearTimeout(late)
  return { code, out, err }
}

export interface Running {
  readonly said: () => string
  /** Waits until its output matches. */
  readonly says: (pattern: RegExp) => Promise<void>
  readonly exited: Promise<number | null>
  readonly kill: () => void
  readonly end: (signal: NodeJS.Signals) => void
}

/** Starts a command that goes on until it is stopped. */
export function start(scene: Bank, args: readonly string[], more: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: envOf(scene, more) })
  let said = ''
  let ended = false
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const exited = new Promise<number | null>((done) => child.once('close', done)).finally(() => {
    ended = true
  })
  return {
    said: () => said,
    says: async (pattern) => {
      const deadline = performance.now() + 20_000
      while (!pattern.test(said)) {
        if (ended || performance.now() > deadline) throw new Error(`firebreak ${ended ? 'ended and ' : ''}did not say ${pattern}:\n${said}`)
        await sleep(10)
      }
    },
    exited,
    kill: () => void child.kill('SIGTERM'),
    end: (signal) => void child.kill(signal),
  }
}
