import fc from 'fast-check'
import { decodeEventLog, encodeAbiParameters, encodeEventTopics, keccak256, parseAbiItem, toHex } from 'viem'
import type { AbiEvent } from 'abitype'
import { describe, expect, test } from 'vitest'
import type { Log } from '../../model/chain.ts'
import { UserError } from '../../model/errors.ts'
import type { Hex } from '../../model/hex.ts'
import { encodeEvent, sortLogs } from './event-probe.ts'
import { typedValues } from '../../../test/support/random-values.ts'

const address = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
const tx: Hex = `0x${'77'.repeat(32)}`
const transfer = parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 value)')
const isStatic = (type: string) => !/^(string|bytes|tuple)$|\]$/.test(type)

const sortedBy = (event: AbiEvent, logs: readonly Log[]) => {
  const probe = encodeEvent({ kind: 'event', chain: 'main', address, event })
  return { probe, decoded: probe.of({ logs: sortLogs([probe], logs) }) }
}

describe('event decoders', () => {
  test('give what viem gives, whatever the types and which of them are indexed', () => {
    fc.assert(
      fc.property(typedValues, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), (values, wishes) => {
        let left = 3
        const inputs = values.map(({ parameter }, index) => ({
          ...parameter,
          indexed: wishes[index] === true && isStatic(parameter.type) && left-- > 0,
        }))
        const event: AbiEvent = { type: 'event', name: 'Seen', inputs }
        const args = Object.fromEntries(values.map(({ parameter, value }) => [parameter.name ?? '', value]))
        const plain = values.filter((_, index) => !inputs[index]?.indexed)
        const topics = encodeEventTopics({ abi: [event], eventName: 'Seen', args }).flatMap((topic) =>
          typeof topic === 'string' ? [topic] : [],
        )
        const data = encodeAbiParameters(
          plain.map(({ parameter }) => parameter),
          plain.map(({ value }) => value),
        )
        const { decoded } = sortedBy(event, [{ address, topics, data, tx }])
        expect(decoded).toHaveLength(1)
        expect(decoded[0]?.args).toEqual(args)
        const [signature, ...rest] = topics
        if (signature && values.length > 0)
          expect(decoded[0]?.args).toEqual(decodeEventLog({ abi: [event], topics: [signature, ...rest], data }).args)
      }),
    )
  })

  test('skip garbage and keep what is good', () => {
    const [topic = '0x'] = encodeEventTopics({ abi: [transfer] }).flatMap((each) => (typeof each === 'string' ? [each] : []))
    const who: Hex = `0x${'0'.repeat(24)}${'a1'.repeat(20)}`
    const value: Hex = `0x${'1'.padStart(64, '0')}`
    const log = (topics: readonly Hex[], data: Hex): Log => ({ address, topics, data, tx })
    const good = log([topic, who, who], value)
    const garbage = [
      log([topic], value),
      log([topic, who], value),
      log([topic, who, who, who], value),
      log([topic, '0x12', who], value),
      log([topic, who, who], '0x'),
      log([topic, who, who], '0x1234'),
      log([topic, who, who], `0x${'zz'.repeat(32)}`),
      log([topic, `0x${'zz'.repeat(32)}`, who], value),
    ]
    const { decoded } = sortedBy(transfer, [...garbage, good, ...garbage])
    expect(decoded).toEqual([{ args: { from: expect.stringMatching(/^0x[aA]1/), to: expect.any(String), value: 1n }, log: good }])
    fc.assert(
      fc.property(
        typedValues,
        fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 4 }),
        fc.uint8Array({ maxLength: 300 }),
        (values, topics, data) => {
          const event: AbiEvent = { type: 'event', name: 'Seen', inputs: values.map(({ parameter }) => ({ ...parameter, indexed: false })) }
          const { probe } = sortedBy(event, [])
          const raw = log(
            [probe.topic, ...topics.map((each): Hex => `0x${Buffer.from(each).toString('hex')}`)],
            `0x${Buffer.from(data).toString('hex')}`,
          )
          expect(sortedBy(event, [raw]).decoded.length).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  test('give the hash of what is indexed and has no fixed size, and name the unnamed by place', () => {
    const event: AbiEvent = {
      type: 'event',
      name: 'Said',
      inputs: [
        { type: 'string', indexed: true, name: 'what' },
        { type: 'uint8', indexed: false },
      ],
    }
    const { probe } = sortedBy(event, [])
    const hash = keccak256(toHex('hello'))
    const { decoded } = sortedBy(event, [{ address, topics: [probe.topic, hash], data: `0x${'5'.padStart(64, '0')}`, tx }])
    expect(decoded[0]?.args).toEqual({ what: hash, 1: 5 })
  })

  test('share the work between detectors, and refuse anonymous events', () => {
    const { probe } = sortedBy(transfer, [])
    const log: Log = { address, topics: [probe.topic, tx, tx], data: tx, tx }
    const moment = { logs: sortLogs([probe], [log, { ...log, address: `0x${'11'.repeat(20)}` }]) }
    const again = encodeEvent({ kind: 'event', chain: 'main', address, event: transfer })
    expect(probe.of(moment)).toHaveLength(1)
    expect(again.of(moment)).toBe(probe.of(moment))
    expect(probe.of({ logs: new Map() })).toEqual([])
    expect(() => encodeEvent({ kind: 'event', chain: 'main', address, event: { ...transfer, anonymous: true } })).toThrow(UserError)
  })
})
