// Puts an ordinary call into the public mempool and leaves the mining to the runner.
import { encodeCall, type Actor, type Address, type Hex, type Kit, type TransactionRequest } from 'firebreak'

/** Gas that every call of a scene fits into; explicit, because a call may depend on one that still waits. */
const roomy = 2_500_000n

export interface Contract {
  readonly address: Address
  readonly abi: readonly unknown[]
}

export async function submit(
  kit: Kit,
  from: Actor,
  to: Contract,
  functionName: string,
  args: readonly unknown[],
  request: TransactionRequest = {},
): Promise<Hex> {
  return kit.broadcast(await kit.sign(from, { gas: roomy, ...request, to: to.address, data: encodeCall(to.abi, functionName, args) }))
}
