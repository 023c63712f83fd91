import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { renderContracts } from '../../../../../scripts/compile-contracts.ts'

test('the committed code is what the sources compile to', () => {
  const root = join(import.meta.dirname, '../../../../..')
  for (const [path, text] of renderContracts()) expect(readFileSync(join(root, path), 'utf8')).toBe(text)
})
