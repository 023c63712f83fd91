// What endpoints make us say of them, as a signal that people can read and check.
import type { BlockRef } from '../model/chain.ts'
import type { EndpointNews } from '../model/endpoint.ts'
import type { Signal } from '../model/signal.ts'
import { engineSignal } from './signals.ts'

export function endpointSignal(head: BlockRef, at: number, news: EndpointNews): Signal {
  const where = { kind: 'block' as const, chain: head.chain, block: head }
  switch (news.kind) {
    case 'disagreement': {
      const sides = news.sides.map((side) => `${side.operators.join(' and ')}: ${side.says}`)
      const block = news.block.number ?? news.block.hash?.slice(0, 10) ?? 'the newest block'
      const end =
        news.settledBy === 'proof'
          ? `proof contradicts ${news.against.join(' and ')}`
          : news.against.length > 0
            ? `${news.against.join(' and ')} stand${news.against.length === 1 ? 's' : ''} against the others`
            : 'nothing tells who is right'
      return engineSignal(where, at, 'disagreement', `operators disagree on ${news.asked} at ${block}; ${end}: ${sides.join(' | ')}`, {
        evidence: {
          asked: news.asked,
          block: String(block),
          against: news.against.join(', '),
          settledBy: news.settledBy,
          ...Object.fromEntries(news.sides.map((side) => [`said by ${side.operators.join(' and ')}`, side.says])),
        },
      })
    }
    case 'aside':
      return engineSignal(where, at, 'endpoint', `the endpoint ${news.endpoint} is set aside for ${spanText(news.forMs)}: ${news.why}`)
    case 'back':
      return engineSignal(where, at, 'endpoint', `the endpoint ${news.endpoint} answers again and is heard`)
    default:
      return news satisfies never
  }
}

const spanText = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1_000)} seconds` : `${Math.round(ms / 60_000)} minutes`)
