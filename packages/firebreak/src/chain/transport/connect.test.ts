import { expect, test } from 'vitest'
import { UserError } from '../../model/errors.ts'
import { cleaner } from './clean.ts'
import { connect } from './connect.ts'

test.each([
  ['http://127.0.0.1:1', 'http'],
  ['https://node.invalid/key', 'http'],
  ['ws://127.0.0.1:1', 'websocket'],
  ['WSS://127.0.0.1:1', 'websocket'],
  ['/no/such/node.ipc', 'ipc'],
  ['ipc:/no/such/node.ipc', 'ipc'],
  ['ipc:///no/such/node.ipc', 'ipc'],
  ['./node.ipc', 'ipc'],
])('%s is spoken to over %s', async (url, kind) => {
  const rpc = connect(url, 'mainnet')
  expect(rpc.kind).toBe(kind)
  await rpc.close()
})

test.each(['', '  ', 'ftp://host/s3cret', 's3cret:abc', 'http://', 'https://s3cret:70000/', 'node.s3cret.example:8545'])(
  '%j is a fault that does not repeat it',
  (url) => {
    let error: unknown
    try {
      connect(url, 'mainnet')
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toContain('mainnet')
    expect(JSON.stringify(error) + String(error)).not.toContain('s3cret')
  },
)

test('a node’s words are cut, escaped and freed of the endpoint', () => {
  const clean = cleaner('https://me:passw0rd@node.example:8443/v2/0123456789abcdef?token=t0ken-value')
  const said = clean('no\u0007 \u202Eway: node.example:8443 0123456789abcdef t0ken-value passw0rd /v2/ \ud800')
  expect(said).toBe('no\\u{7} \\u{202e}way: [endpoint] [endpoint] [endpoint] [endpoint] /v2/ \\u{d800}')
  expect(clean('a'.repeat(9_999)).length).toBeLessThan(510)
})
