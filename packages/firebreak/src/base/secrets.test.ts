// Shows that no spelling of a known secret gets through, and that ordinary text does.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { knownSecrets, SecretInText } from './secrets.ts'

const key = `0x${'ab12'.repeat(16)}`
const url = 'https://user:hunter2secret@rpc.example.org/v3/0123456789abcdef0123?apikey=zyxwvutsrqponmlkji'

test.each([
  `signing with ${key}`,
  `signing with ${key.slice(2)}`,
  `signing with ${key.toUpperCase()}`,
  `request to ${url} failed`,
  'GET /v3/0123456789abcdef0123 gave 500',
  'password hunter2secret was wrong',
  'apikey zyxwvutsrqponmlkji',
  JSON.stringify({ url }),
  encodeURIComponent(url),
])('finds and redacts: %s', (text) => {
  const secrets = knownSecrets([key, url])
  expect(secrets.found(text)).toBe(true)
  const clean = secrets.redact(text)
  expect(secrets.found(clean)).toBe(false)
  expect(clean).not.toMatch(/hunter2secret|0123456789abcdef0123|zyxwvutsrqponmlkji|ab12ab12/i)
  expect(() => secrets.assertNone(text, 'a log line')).toThrow(SecretInText)
  expect(() => secrets.assertNone(text, 'a log line')).not.toThrow(/hunter2secret|ab12ab12/)
})

test('leaves ordinary text alone, a URL that holds nothing but a local port included', () => {
  const secrets = knownSecrets([key, 'short', ''])
  const text = 'frozen at block 0xab12 by 0x00000000000000000000000000000000000000aa'
  expect(secrets.redact(text)).toBe(text)
  expect(secrets.found('short')).toBe(false)
  expect(knownSecrets().found(text)).toBe(false)
})

test('any secret anywhere in any text is gone after redaction', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 8 }).filter((text) => text.trim().length >= 8),
      fc.string(),
      fc.string(),
      (secret, before, after) => {
        const text = `${before}${secret}${after}`
        expect(knownSecrets([secret]).redact(text)).not.toContain(secret.trim())
        expect(knownSecrets([secret]).redact(JSON.stringify(text))).not.toContain(JSON.stringify(secret.trim()).slice(1, -1))
      },
    ),
  )
})

test('learns secrets as they become known', () => {
  const secrets = knownSecrets()
  expect(secrets.found('hello correct horse')).toBe(false)
  secrets.add('correct horse')
  expect(secrets.redact('hello correct horse')).toBe('hello [secret]')
})
