// What the example's scripts share: a local anvil, whose accounts are unlocked, so that no key is needed here.
import { encodeCall, type Address, type Hex } from 'firebreak'

const url = process.env['HTTP_URL'] ?? 'http://127.0.0.1:8545'

async function rpc(method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  }).catch(() => {
    throw new Error(`no node answers at ${url}: start one with npx anvil --block-time 2`)
  })
  const answer = (await response.json()) as { readonly result?: unknown; readonly error?: { readonly message: string } }
  if (answer.error) throw new Error(answer.error.message)
  return answer.result
}

interface Receipt {
  readonly status: Hex
  readonly blockNumber: Hex
  readonly contractAddress: Address | null
}

export const accounts = async (): Promise<readonly Address[]> => (await rpc('eth_accounts', [])) as readonly Address[]

/** Sends from an unlocked account and waits until it is mined. */
export async function send(transaction: {
  readonly from: Address
  readonly to?: Address
  readonly data: Hex
  readonly tip?: bigint
}): Promise<Receipt> {
  const { tip = 1_000_000_000n, ...rest } = transaction
  const hash = await rpc('eth_sendTransaction', [
    {
      ...rest,
      gas: '0x1e8480',
      maxPriorityFeePerGas: `0x${tip.toString(16)}`,
      maxFeePerGas: `0x${(tip * 2n + 10_000_000_000n).toString(16)}`,
    },
  ])
  for (;;) {
    const receipt = (await rpc('eth_getTransactionReceipt', [hash])) as Receipt | null
    if (receipt) return receipt
    await new Promise((done) => setTimeout(done, 200))
  }
}

/** A view that gives one whole number. */
export async function read(to: Address, abi: readonly unknown[], functionName: string): Promise<bigint> {
  return BigInt((await rpc('eth_call', [{ to, data: encodeCall(abi, functionName, []) }, 'latest'])) as Hex)
}
