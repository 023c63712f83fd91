// Follows a chain by parent links: every block once and in order, reorgs as retractions, gaps said aloud.
import type { BlockRef } from '../model/chain.ts'
import type { Needs } from '../model/detector.ts'
import type { Address, Hex } from '../model/hex.ts'
import type { Happening } from '../model/moment.ts'
import type { Node, Source } from '../stages.ts'
import type { SecondThought } from '../model/endpoint.ts'

export interface HeadsOptions {
  readonly node: Node
  readonly watched: ReadonlySet<Address>
  /** Needs after the block with this hash; asked for each block just before it is observed. */
  readonly needs: (parent: Hex | undefined) => Needs
  /** `behind`: blocks of this walk that are still to come; only at 0 is the moment the present. */
  readonly deliver: (happening: Happening, behind: number) => void
  readonly onTrouble: (what: string) => void
  /** The last block that was delivered, after a restart. */
  readonly from: BlockRef | undefined
  /** Blocks observed before the first head, so that windows and prices have a past. */
  readonly warmUp: number
  /** On the very first start those blocks are only learned from; after a restart they are what was missed. */
  readonly onlyLearns: boolean
  readonly finality: number
  readonly sleep: (ms: number) => Promise<void>
}

/** How far back parent links are followed one by one; beyond it the way is filled by number and checked by links. */
const stride = 32
const retryMs = 250
/** A block that cannot be observed this often in a row is a gap. */
const patience = 8

export interface Heads extends Source {
  /** What one operator said of this block is confirmed by others now, or refuted: then all that was built on it is read again. */
  readonly again: (thought: SecondThought) => void
}

export function followHeads(options: HeadsOptions): Heads {
  const { node, deliver } = options
  let last: BlockRef | undefined = options.from
  /** Delivered blocks that could still be taken back, oldest first. */
  let lineage: BlockRef[] = options.from ? [options.from] : []
  let wanted: Hex | undefined
  const doubts: SecondThought[] = []
  let working: Promise<void> | undefined
  let stopped = false

  const observe = async (hash: Hex, behind: number, past = false): Promise<boolean> => {
    for (let attempt = 0; attempt < patience && !stopped; attempt++) {
      try {
        const moment = await node.observe(hash, options.needs(last?.hash), options.watched)
        if (!moment) return false
        last = moment.block
        lineage.push(moment.block)
        if (lineage.length > options.finality + stride) lineage = lineage.slice(-options.finality - stride / 2)
        deliver(past ? { ...moment, past } : moment, behind)
        return true
      } catch (error) {
        options.onTrouble(`block ${hash.slice(0, 10)} could not be read: ${error instanceof Error ? error.message : String(error)}`)
        await options.sleep(retryMs * (attempt + 1))
        // A node that is away says nothing about the block: this waits until it is back, and only then counts.
        if (!(await at(hash))) return false
      }
    }
    return false
  }

  const at = async (where: Hex | bigint): Promise<BlockRef | undefined> => {
    for (let attempt = 0; !stopped; attempt++) {
      try {
        return await node.header(where)
      } catch (error) {
        if (attempt === 0) options.onTrouble(`a block header could not be read: ${error instanceof Error ? error.message : String(error)}`)
        await options.sleep(Math.min(retryMs * (attempt + 1), 5_000))
      }
    }
    return undefined
  }

  const retractTo = (ancestor: BlockRef | undefined, head: BlockRef): void => {
    const keep = ancestor ? lineage.findIndex((one) => one.hash === ancestor.hash) : -1
    const dropped = lineage.slice(keep + 1)
    if (dropped.length === 0) return
    lineage = lineage.slice(0, keep + 1)
    last = ancestor
    deliver({ kind: 'retraction', chain: node.chain, dropped, head: ancestor ?? head }, 0)
  }

  /** The branch from the last delivered block to `head`, oldest first; retracts what the branch does not contain. */
  const branchTo = async (head: BlockRef): Promise<readonly BlockRef[]> => {
    const known = new Set(lineage.map((one) => one.hash))
    const branch: BlockRef[] = [head]
    let oldest = head
    while (!known.has(oldest.parent) && oldest.number > (lineage[0]?.number ?? 0n) && branch.length < stride) {
      const parent = await at(oldest.parent)
      if (!parent) return []
      branch.unshift(parent)
      oldest = parent
    }
    if (known.has(oldest.parent)) {
      retractTo(
        lineage.find((one) => one.hash === oldest.parent),
        head,
      )
      return branch
    }
    const from = lineage.findLast((one) => one.number < oldest.number)
    if (from) return [...(await filled(from, oldest)), ...branch]
    // Nothing that we delivered is part of this branch any more.
    retractTo(undefined, head)
    return branch
  }

  /** A long way: by number, oldest first, as far as the links agree. */
  const filled = async (from: BlockRef, to: BlockRef): Promise<readonly BlockRef[]> => {
    const fill: BlockRef[] = []
    let parent = from
    for (let number = from.number + 1n; number < to.number && !stopped; number++) {
      const block = await at(number)
      if (!block || (fill.length > 0 && block.parent !== parent.hash)) return []
      if (fill.length === 0 && block.parent !== from.hash) {
        // The block that we stopped at is no longer canonical: step back until the links meet.
        const meeting = await meetingPoint(from)
        retractTo(meeting, to)
        return meeting ? filled(meeting, to) : fill
      }
      fill.push(block)
      parent = block
    }
    return fill
  }

  const meetingPoint = async (from: BlockRef): Promise<BlockRef | undefined> => {
    for (const ours of lineage.filter((one) => one.number <= from.number).reverse()) {
      const theirs = await at(ours.number)
      if (theirs?.hash === ours.hash) return ours
    }
    return undefined
  }

  const walk = async (hash: Hex): Promise<void> => {
    if (lineage.some((one) => one.hash === hash) && last?.hash === hash) return
    const head = await at(hash)
    if (!head) return
    const ancestor = lineage.find((one) => one.hash === hash)
    if (ancestor) {
      // A slow endpoint announces late what has long been built upon; only where the chain itself is shorter now has it gone back.
      const newest = last && (await at(last.number))
      return newest?.hash === last?.hash ? undefined : retractTo(ancestor, head)
    }
    if (!last) return void (await begin(head))
    const branch = await branchTo(head)
    for (const [i, block] of branch.entries()) {
      if (stopped) return
      if (await observe(block.hash, branch.length - 1 - i)) continue
      // Unknown by now: the branch died and a newer head will say where we are. Still canonical: its state is gone, and that is said.
      const canonical = await at(block.number)
      if (canonical?.hash !== block.hash) return
      deliver(
        { kind: 'gap', chain: node.chain, from: block.number, to: block.number, why: 'the node cannot answer for this block' },
        branch.length - 1 - i,
      )
      last = block
      lineage.push(block)
      if (i === branch.length - 1) return
    }
  }

  /** The first head: some blocks before it first, as far as the node still has their state. */
  const begin = async (head: BlockRef): Promise<void> => {
    const past = head.number > BigInt(options.warmUp) ? head.number - BigInt(options.warmUp) : 0n
    for (let number = past; number < head.number && !stopped; number++) {
      const block = await at(number)
      if (!block || (last && block.parent !== last.hash)) continue
      if (!last) {
        // The oldest states may be pruned: a first failure only means that the past begins later.
        const moment = await node.observe(block.hash, options.needs(undefined), options.watched).catch(() => undefined)
        if (!moment) continue
        last = moment.block
        lineage.push(moment.block)
        deliver(options.onlyLearns ? { ...moment, past: true } : moment, 1)
      } else await observe(block.hash, 1, options.onlyLearns)
    }
    const branch = last ? await branchTo(head) : [head]
    for (const [i, block] of branch.entries()) await observe(block.hash, branch.length - 1 - i)
  }

  const thinkAgain = (thought: SecondThought): void => {
    const at = lineage.findIndex((one) => one.hash === thought.block)
    if (at < 0 || !last) return
    if (thought.kind === 'refuted') {
      const newest = last
      retractTo(lineage[at - 1], newest)
      wanted ??= newest.hash
    } else if (last.hash === thought.block) {
      // Only of the newest is it of use: newer blocks speak for themselves.
      deliver(thought.moment, 0)
    }
  }

  const work = async (): Promise<void> => {
    while ((wanted || doubts.length > 0) && !stopped) {
      const doubt = doubts.shift()
      if (doubt) {
        thinkAgain(doubt)
        continue
      }
      const hash = wanted
      if (!hash) continue
      wanted = undefined
      try {
        await walk(hash)
      } catch (error) {
        options.onTrouble(`a head could not be followed: ${error instanceof Error ? error.message : String(error)}`)
        await options.sleep(retryMs)
        wanted ??= hash
      }
    }
    working = undefined
  }

  /** Never at once: work that has nothing to do, as after a stop, would be over before it is noted that it is under way. */
  const begun = (): void => {
    working ??= Promise.resolve().then(work)
  }

  const onHead = (hash: Hex): void => {
    wanted = hash
    begun()
  }

  return {
    start: async () => {
      await node.onHead(onHead)
      const head = await at((await node.head()).hash)
      if (head) onHead(head.hash)
      await working
    },
    stop: () => {
      stopped = true
    },
    again: (thought) => {
      doubts.push(thought)
      begun()
    },
    settled: async () => {
      while (working) await working
    },
  }
}
