// A start that comes to nothing: the wrong chain, addresses without code, an ABI of something else, and nodes that answer nonsense.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openJournal } from '../../src/journal/sqlite/journal.ts'
import { cli, type Ended } from '../support/cli.ts'
import { httpFront, type HttpFront } from '../whole-path/http-front.ts'
import { startFirebreak } from '../whole-path/processes.ts'
import { startScene, type Scene } from '../whole-path/scene.ts'
import { refused } from './refused.ts'

const apiKey = 'k3y0f4rent3dn0de8a7b6c5d'
const nowhere = '0x00000000000000000000000000000000000000AA'
let scene: Scene
let front: HttpFront
let right = ''
beforeAll(async () => {
  scene = await startScene()
  front = await httpFront(scene.anvil().httpUrl, apiKey)
  right = await readFile(scene.plan, 'utf8')
})
afterAll(async () => {
  await front?.close()
  await scene?.stop()
})

const files = (name: string) => ({ plan: join(scene.folder, `${name}.plan.ts`), journal: join(scene.folder, `${name}.journal`) })
const secrets = (): readonly string[] => [apiKey, front.url, scene.anvil().ipcPath, scene.guardian.privateKey.slice(2)]

async function firebreak(name: string, words: string, plan: string, endpoint = scene.anvil().ipcPath): Promise<Ended> {
  const file = files(name)
  await writeFile(file.plan, plan)
  const journal = words === 'check' ? [] : ['--journal', file.journal]
  const env = { SCENE_RPC: endpoint, GUARDIAN_KEY: scene.guardian.privateKey, FIREBREAK_STATE: join(scene.folder, 'state') }
  return cli([...words.split(' '), '--plan', file.plan, ...journal], { env })
}

/** Starts, waits for these words, and stops. */
async function runs(name: string, plan: string, says: RegExp): Promise<void> {
  const { plan: file, journal } = files(name)
  await writeFile(file, plan)
  const running = startFirebreak({ ...scene, plan: file }, { endpoint: scene.anvil().ipcPath, journal })
  try {
    await running.says(says)
    expect(await running.stop()).toBe(0)
  } finally {
    running.kill()
    await running.exited
  }
}

const kindsIn = (file: string): readonly string[] => {
  const journal = openJournal(file, { readOnly: true })
  const kinds = [...journal.read()].map(({ kind }) => kind)
  journal.close()
  return kinds
}

describe('a wrong chain id', () => {
  test.each(['run', 'run --armed', 'check'])('is refused by %s', async (words) => {
    const ended = await firebreak('chain', words, right.replace('id: 31337', 'id: 10'))
    expect(refused(ended, secrets())).toEqual(['chains.local.id'])
    expect(ended.err).toContain('the plan says 10, the node serves chain 31337')
  })

  test('leaves nothing behind that the corrected plan would have to be accepted against', async () => {
    expect(kindsIn(files('chain').journal)).toEqual(['note'])
    await runs('chain', right, /ARMED/)
    expect(kindsIn(files('chain').journal)).toEqual(expect.arrayContaining(['plan', 'started', 'stopped']))
  })
})

describe('an address without code', () => {
  test.each(['run', 'run --armed'])('is refused by %s, every place at once', async (words) => {
    const ended = await firebreak('nowhere', words, right.replace(scene.vault, nowhere).replace(scene.coin, nowhere.replace('AA', 'ab')))
    expect(refused(ended, secrets())).toEqual(['contracts.vault.address', 'assets.coin.token'])
    expect(ended.err).toContain(`there is no contract at ${nowhere} on the chain local`)
    expect(kindsIn(files('nowhere').journal)).toEqual(['note'])
  })

  test('is a brake that would fail, and a token that is none, for check', async () => {
    const ended = await firebreak('nowhere', 'check', right.replace(scene.vault, nowhere))
    expect({ code: ended.code, out: ended.out }).toMatchObject({ code: 1, out: expect.stringContaining('WOULD FAIL, no contract') })
    const token = await firebreak('nowhere', 'check', right.replace(scene.coin, nowhere))
    expect(token.out).toContain(`the token of coin: there is no contract at ${nowhere}`)
  })

  test('does not keep a plan that has run before from starting again', async () => {
    const { plan, journal } = files('destroyed')
    await runs('destroyed', right, /ARMED/)
    const code = await scene.rpc.request('eth_getCode', [scene.coin, 'latest'])
    await scene.rpc.request('anvil_setCode', [scene.coin, '0x'])
    try {
      await runs('destroyed', right, /check .*the token of coin: there is no contract/)
    } finally {
      await scene.rpc.request('anvil_setCode', [scene.coin, code])
    }
    expect(await cli(['verify', '--plan', plan, '--journal', journal])).toMatchObject({ code: 0 })
  })
})

describe('an ABI of something else', () => {
  const other = (): string => right.replaceAll('paused', 'isFrozen')

  test('is told by check, with exit code 1', async () => {
    const { code, out } = await firebreak('abi', 'check', other())
    expect({ code, out }).toMatchObject({
      code: 1,
      out: expect.stringContaining('WOULD FAIL, ABI mismatch: vault.isFrozen() gives no answer'),
    })
  })

  test('is told by run at its start, which watches all the same', async () => {
    await runs('abi', other(), /check ✗ pause: vault\.isFrozen\(\) gives no answer that fits the ABI/)
  })

  test('is told where the function is there and gives another type', async () => {
    // The vault's owner is an address; as a flag it cannot be read.
    const { code, out } = await firebreak('type', 'check', right.replaceAll("'paused'", "'owner'").replaceAll('.paused()', '.owner()'))
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('WOULD FAIL, ABI mismatch: vault.owner()') })
  })
})

const result = (value: string): string => `{"jsonrpc":"2.0","id":"$id","result":${value}}`
const only =
  (method: string, said: string) =>
  (asked: string): string | undefined =>
    asked === method ? said : undefined

describe('a node that answers, and not what was asked', () => {
  const answers: readonly (readonly [string, (method: string, url: string) => string | undefined])[] = [
    ['a page of text', () => '<html>welcome</html>'],
    ['nothing at all', () => ''],
    ['half a document', () => '{"jsonrpc":"2.0","id":1,"resu'],
    ['a list', () => '[]'],
    ['the answer to another request', () => '{"jsonrpc":"2.0","id":987654,"result":"0x1"}'],
    ['neither result nor error', () => '{"jsonrpc":"2.0","id":"$id"}'],
    [
      'an error in HTTP 200',
      (_, url) => `{"jsonrpc":"2.0","id":"$id","error":{"code":-32005,"message":"quota of ${url} used up\\n    at x"}}`,
    ],
    ['an error without an id', () => '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Unauthorized"}}'],
    ['an error that is text', (_, url) => `{"error":"no such project: ${url}"}`],
    ['no chain id', only('eth_chainId', result('null'))],
    ['a chain id in words', only('eth_chainId', result('"mainnet"'))],
    ['no latest block', only('eth_getBlockByNumber', result('null'))],
    ['a block without a number', only('eth_getBlockByNumber', result('{"hash":"0x12","number":"soon"}'))],
    [
      'an error for the latest block',
      only('eth_getBlockByNumber', '{"jsonrpc":"2.0","id":"$id","error":{"code":-32000,"message":"header not found"}}'),
    ],
  ]
  test.each(answers)('%s', async (_, answer) => {
    front.answer((method) => answer(method, front.url))
    try {
      const ended = await firebreak('node', 'run --armed', right, front.url)
      expect(refused(ended, secrets())).toEqual(['chains.local.rpc'])
      expect(kindsIn(files('node').journal)).toEqual(['note'])
    } finally {
      front.answer(undefined)
    }
  })

  test.each(['run', 'check'])('after the first questions: %s', async (words) => {
    let asked = 0
    front.answer((method) => (method === 'eth_getBlockByNumber' && ++asked > 1 ? result('{"number":"soon"}') : undefined))
    try {
      const ended = await firebreak('later', words, right, front.url)
      expect(refused(ended, secrets())).toEqual(['chains.local.rpc'])
    } finally {
      front.answer(undefined)
    }
  })

  test('a record that was begun before is unchanged by it', async () => {
    await runs('kept', right, /ARMED/)
    const { journal } = files('kept')
    const before = kindsIn(journal)
    const bytes = await readFile(journal)
    front.answer(() => 'bad gateway')
    try {
      refused(await firebreak('kept', 'run --armed', right, front.url), secrets())
    } finally {
      front.answer(undefined)
    }
    expect(await readFile(journal)).toEqual(bytes)
    await runs('kept', right, /ARMED/)
    expect(kindsIn(journal).slice(0, before.length)).toEqual(before)
  })
})

test('a plan file that changed since it was accepted is refused with the way to see the difference', async () => {
  await runs('changed', right, /ARMED/)
  const { journal } = files('changed')
  const bytes = await readFile(journal)
  for (const words of ['run', 'run --armed']) {
    const ended = await firebreak('changed', words, right.replace("falsePauseCosts: '$100/h'", "falsePauseCosts: '$900/h'"))
    expect(refused(ended, secrets())).toEqual(['plan'])
    expect(ended.err).toMatch(/mend: look at the difference and accept it: firebreak accept 0x[0-9a-f]{64}/)
  }
  expect(await readFile(journal)).toEqual(bytes)
})
