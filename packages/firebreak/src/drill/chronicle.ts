// Writes down the blocks of a drill's attack as they are mined: whose transactions, in which order, and what was lost by then.
import { z } from 'zod'
import type { Rpc } from '../chain/transport/rpc.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Scene } from './define.ts'
import type { DrillEvent, MinedBlock } from './events.ts'

export interface Chronicle {
  /** From here on blocks are written down; these transactions are the attack's. */
  readonly expect: (attacks: readonly Hex[]) => void
  /** The blocks since the last one that was written down. */
  readonly take: (watched: boolean) => Promise<void>
  /** Everything so far, and begins anew. */
  readonly taken: () => readonly MinedBlock[]
}

export interface ChronicleOptions {
  readonly rpc: Rpc
  readonly scene: Pick<Scene, 'lost'>
  /** The plan's authorities: what they send is a brake. */
  readonly guardians: ReadonlySet<Address>
  readonly tell: (event: DrillEvent) => void
}

const hex = z.custom<Hex>((value) => typeof value === 'string' && value.startsWith('0x'))
const receiptsShape = z.array(z.object({ transactionHash: hex, from: hex, status: z.string() })).nullable()

export function chronicleOf({ rpc, scene, guardians, tell }: ChronicleOptions): Chronicle {
  const senders = new Set([...guardians].map((address) => address.toLowerCase()))
  const attacks = new Set<Hex>()
  let blocks: MinedBlock[] = []
  let from: bigint | undefined
  let lostBefore = 0n

  const head = async (): Promise<bigint> => BigInt(String(await rpc.request('eth_blockNumber', [])))

  return {
    expect: (hashes) => {
      for (const hash of hashes) attacks.add(hash)
    },
    take: async (watched) => {
      const to = await head()
      if (from === undefined) {
        from = to
        lostBefore = await scene.lost()
      }
      for (let number = from + 1n; number <= to; number++) {
        const receipts = receiptsShape.parse(await rpc.request('eth_getBlockReceipts', [`0x${number.toString(16)}`])) ?? []
        const txs = receipts.map((one) => ({
          hash: one.transactionHash,
          role: attacks.has(one.transactionHash)
            ? ('attack' as const)
            : senders.has(one.from.toLowerCase())
              ? ('brake' as const)
              : ('other' as const),
          ok: one.status === '0x1',
        }))
        // Read at the end of what was mined: between the blocks of one step nobody looked.
        const block: MinedBlock = { number, txs, lost: (await scene.lost()) - lostBefore }
        blocks.push(block)
        tell({ kind: 'block', watched, block })
      }
      from = to
    },
    taken: () => {
      const all = blocks
      blocks = []
      from = undefined
      attacks.clear()
      return all
    },
  }
}
