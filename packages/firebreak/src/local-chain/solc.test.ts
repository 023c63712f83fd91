import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UserError } from '../model/errors.ts'
import { compileSolidity } from './solc.ts'

let cacheDir: string
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'firebreak-solc-'))
})
afterEach(() => rmSync(cacheDir, { recursive: true, force: true }))

const head = '// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\n'

test('compiles sources with their imports, and keeps the result as long as the imports are the same', () => {
  let base = `${head}abstract contract Base { function one() public pure virtual returns (uint256); } contract Other {}`
  let asked = 0
  const importsFrom = (path: string): string => {
    expect(path).toBe('lib/Base.sol')
    asked++
    return base
  }
  const sources = {
    'A.sol': `${head}import "lib/Base.sol"; contract A is Base { function one() public pure override returns (uint256) { return 1; } }`,
  }
  const first = compileSolidity(sources, { importsFrom, cacheDir })
  expect(Object.keys(first).toSorted()).toEqual(['A', 'Base', 'Other'])
  expect(first['A']?.abi).toMatchObject([{ type: 'function', name: 'one' }])
  expect(first['A']?.bytecode.length).toBeGreaterThan(10)
  expect(first['Base']?.bytecode).toBe('0x')
  expect(compileSolidity(sources, { importsFrom, cacheDir })).toEqual(first)
  base = base.replace('Other', 'Another')
  expect(Object.keys(compileSolidity(sources, { importsFrom, cacheDir })).toSorted()).toEqual(['A', 'Another', 'Base'])
  expect(asked).toBeGreaterThan(2)
})

test('a kept result that is damaged is made anew', () => {
  const sources = { 'A.sol': `${head}contract A {}` }
  const first = compileSolidity(sources, { cacheDir })
  for (const file of readdirSync(cacheDir)) writeFileSync(join(cacheDir, file), '{"imports":{},"contr')
  expect(compileSolidity(sources, { cacheDir })).toEqual(first)
})

test('says every error of the compiler, and an import that nobody can find', () => {
  const wrong = { 'A.sol': `${head}contract A { uint256 a = "x"; uint256 b = c; }`, 'B.sol': `${head}contract B { boolean b; }` }
  try {
    compileSolidity(wrong, { cacheDir })
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    expect(error instanceof UserError && error.faults.length).toBeGreaterThanOrEqual(1)
    expect(error instanceof UserError && error.faults[0]?.path).toMatch(/\.sol$/)
  }
  expect(() => compileSolidity({ 'A.sol': `${head}import "x.sol"; contract A {}` }, { cacheDir })).toThrow(UserError)
  expect(readdirSync(cacheDir)).toEqual([])
})

test('a contract that needs a linked library is refused', () => {
  const source = `${head}library L { function f() public pure returns (uint256) { return 1; } } contract A { function g() external pure returns (uint256) { return L.f(); } }`
  expect(() => compileSolidity({ 'A.sol': source }, { cacheDir })).toThrow(UserError)
})
