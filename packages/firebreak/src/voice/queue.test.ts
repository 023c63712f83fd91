import fc from 'fast-check'
import { expect, test } from 'vitest'
import { voiceLevels } from '../model/voice.ts'
import { rank, type Message } from './message.ts'
import { queueOf } from './queue.ts'

const message = (n: number, level: Message['level']): Message => ({
  id: `m${n}`,
  kind: 'finding',
  level,
  at: n,
  said: `message ${n}`,
  topic: `t${n}`,
  wants: false,
  incident: undefined,
  command: undefined,
  fields: {},
})

test('what matters least goes first, the rest keeps its order, and what went is counted', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...voiceLevels), { maxLength: 60 }), fc.integer({ min: 1, max: 10 }), (levels, most) => {
      const queue = queueOf(most, 0)
      const all = levels.map((level, n) => message(n, level))
      const gone = all.flatMap((one) => queue.put(one) ?? [])
      const left: Message[] = []
      for (let next = queue.first(); next; next = queue.first()) {
        left.push(next)
        queue.remove(next)
      }
      expect(left.length).toBe(Math.min(most, all.length))
      expect(queue.dropped()).toBe(gone.length)
      expect([...left, ...gone].toSorted((a, b) => a.at - b.at)).toEqual(all)
      expect(left).toEqual(left.toSorted((a, b) => a.at - b.at))
      // Nothing that was kept from the beginning matters less than something that had to go later.
      for (const one of gone)
        for (const kept of left) if (kept.at < one.at) expect(rank[kept.level]).toBeGreaterThanOrEqual(rank[one.level])
    }),
  )
})
