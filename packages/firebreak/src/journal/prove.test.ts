// Shows that one private field can be shown without the others, and that nobody can show something else.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UserError } from '../model/errors.ts'
import { json, note, temporaryFolder } from './for-tests.ts'
import { checkField, proveField } from './prove.ts'
import { openJournal } from './sqlite/journal.ts'

test('what was sealed can be shown, field by field, and nothing else passes', () => {
  using folder = temporaryFolder()
  const journal = openJournal(folder.file())
  fc.assert(
    fc.property(json, json, (caller, secret) => {
      const [entry] = journal.append([{ ...note('call'), sealed: { caller, secret } }])
      const { entry: shown, field, salt, value } = proveField(journal, entry?.seq ?? -1, 'caller')
      expect(shown).toEqual(entry)
      expect(JSON.stringify(shown, (_, item: unknown) => (typeof item === 'bigint' ? `${item}` : item))).not.toContain(salt)
      expect(checkField(shown, field, { salt, value })).toBe(true)
      expect(checkField(shown, 'secret', { salt, value })).toBe(false)
      expect(checkField(shown, field, { salt, value: [value] })).toBe(false)
      expect(checkField(shown, field, { salt: `${salt}0`, value })).toBe(false)
      expect(checkField({ ...shown, at: shown.at + 1 }, field, { salt, value })).toBe(false)
    }),
    { numRuns: 40 },
  )
  journal.close()
})

test('says why a field cannot be shown', () => {
  using folder = temporaryFolder()
  const journal = openJournal(folder.file())
  journal.append([{ ...note('call'), sealed: { caller: 1 } }])
  journal.redact(1, 'caller')
  for (const [seq, field] of [
    [9, 'caller'],
    [1, 'other'],
    [1, 'caller'],
  ] as const)
    expect(() => proveField(journal, seq, field)).toThrow(UserError)
  journal.close()
})
