// Test support: endpoints that answer when and what a test says, on a clock that passes only as far as somebody waits for it.
import type { EndpointNews } from '../../model/endpoint.ts'
import type { Node } from '../../stages.ts'
import type { Capabilities } from '../transport/capabilities.ts'
import { NodeUnreachable, type Rpc } from '../transport/rpc.ts'
import type { Ask, Dispute, Ruling } from './question.ts'
import { race } from './race.ts'
import { standings, type Endpoint } from './standing.ts'

/** Time that passes only as far as somebody waits for it. */
function clock() {
  let now = 0
  let id = 0
  const waiting = new Map<number, { readonly at: number; readonly run: () => void }>()
  return {
    now: () => now,
    later: (ms: number, run: () => void) => {
      const mine = ++id
      waiting.set(mine, { at: now + ms, run })
      return () => void waiting.delete(mine)
    },
    passed: async (ms: number) => {
      const end = now + ms
      for (;;) {
        for (let i = 0; i < 20; i++) await Promise.resolve()
        const [next] = [...waiting].filter(([, one]) => one.at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])
        if (!next) break
        waiting.delete(next[0])
        now = Math.max(now, next[1].at)
        next[1].run()
      }
      now = end
    },
  }
}

const endpoint = (operator: string, name = operator): Endpoint => ({
  name,
  operator,
  node: {} as Node,
  rpc: {} as Rpc,
  can: {} as Capabilities,
})

type Says = { readonly after: number; readonly value?: string | (() => string) | undefined; readonly fails?: boolean }

export function setting(operators: readonly string[], needed = 2) {
  const time = clock()
  const news: EndpointNews[] = []
  const endpoints = operators.map((operator, i) => endpoint(operator, `${operator}${i}`))
  const standing = standings(endpoints, { later: time.later, tell: (one) => news.push(one), probe: async () => true })
  const disputes: Dispute[] = []
  const thoughts: string[] = []
  const ask = (
    says: readonly Says[],
    more: Partial<Ask<string>> = {},
  ): { readonly ruling: () => Ruling<string> | undefined; readonly at: () => number | undefined; readonly failed: () => unknown } => {
    let ruling: Ruling<string> | undefined
    let at: number | undefined
    let failed: unknown
    race<string>(
      {
        about: 'block',
        among: endpoints,
        strict: true,
        ask: (one) => {
          const { after, value, fails } = says[endpoints.indexOf(one)] ?? { after: 0 }
          return new Promise((resolve, reject) =>
            time.later(after, () =>
              fails ? reject(new NodeUnreachable('test', 'gone')) : resolve(typeof value === 'function' ? value() : value),
            ),
          )
        },
        differ: (a, b) => (a === b ? undefined : [a, b]),
        onDispute: (dispute) => disputes.push(dispute),
        onSecondThought: (kind, value) => thoughts.push(`${kind} ${value}`),
        ...more,
      },
      {
        standings: standing,
        needed,
        aloneAfterMs: 300,
        awaiting: () => {},
        now: time.now,
        later: time.later,
        inTurn: (still, prove) => (still() ? prove() : Promise.resolve(undefined)),
      },
    ).then(
      (one) => ([ruling, at] = [one, time.now()]),
      (error: unknown) => ([failed, at] = [error, time.now()]),
    )
    return { ruling: () => ruling, at: () => at, failed: () => failed }
  }
  return { time, news, standing, endpoints, disputes, thoughts, ask }
}
