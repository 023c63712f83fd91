// Loads a plan file; whatever is wrong with it is said with file and line.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, extname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UserError, type Fault } from '../model/errors.ts'
import type { Sources } from './canonical-plan.ts'
import type { PlanDefinition } from './define.ts'
import { importPlan } from './import-graph.ts'
import { readCode, strays } from './read-code.ts'

export interface LoadedPlan {
  readonly definition: PlanDefinition
  readonly sources: Sources
}

export interface LoadOptions {
  /** For a plan that is a function of its deployment, as drills have them. */
  readonly deployment?: Readonly<Record<string, unknown>>
  readonly withinMs?: number
}

const kinds = ['.ts', '.mts', '.js', '.mjs']

/** @example const { definition, sources } = await loadPlan('firebreak.plan.ts') */
export async function loadPlan(file: string, options: LoadOptions = {}): Promise<LoadedPlan> {
  const path = resolve(file)
  if (!existsSync(path)) throw fault(file, 'there is no such file', 'give the path of a plan, or write one with `firebreak init`')
  if (!statSync(path).isFile() || !kinds.includes(extname(path)))
    throw fault(file, 'is not a plan file', `give a TypeScript or JavaScript file (${kinds.join(', ')})`)
  const told = (error: unknown, files: readonly string[]): UserError => failure(file, path, error, files)
  const { module, sources } = await readCode(() => importPlan(path, told), options).catch((error: unknown) => {
    throw strays(error) ? told(error, [path]) : error
  })
  const exported: unknown = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
  if (exported === undefined) throw fault(file, 'has no default export', 'write `export default definePlan({ … })`')
  return { definition: await definitionOf(file, path, exported, options), sources }
}

async function definitionOf(file: string, path: string, exported: unknown, options: LoadOptions): Promise<PlanDefinition> {
  let value = exported
  if (typeof exported === 'function') {
    if (!options.deployment)
      throw fault(
        file,
        'is a function of a deployment, and none was given',
        'run it as a drill, or export the plan itself: `export default definePlan({ … })`',
      )
    try {
      const { deployment } = options
      value = await readCode(async (): Promise<unknown> => exported(deployment), options)
    } catch (error) {
      throw failure(file, path, error, [path])
    }
  }
  if (!isPlan(value)) throw fault(file, 'its default export is not a plan', 'wrap it: `export default definePlan({ … })`')
  return value
}

/** Only the mark: `resolvePlan` looks at everything else. */
function isPlan(value: unknown): value is PlanDefinition {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'plan' && 'respond' in value
}

function fault(path: string, wrong: string, mend: string): UserError {
  return new UserError({ path, wrong, mend })
}

/** Errors of the plan's own copy of our classes (a test runner has two) are told by their shape. */
function faultsOf(error: unknown): readonly Fault[] | undefined {
  return error instanceof Error && error.name === 'UserError' && 'faults' in error && Array.isArray(error.faults) ? error.faults : undefined
}

function failure(file: string, path: string, error: unknown, files: readonly string[]): UserError {
  const faults = faultsOf(error)
  if (faults) return new UserError(faults)
  const shown = (at: string): string => (at === path ? file : join(dirname(file), relative(dirname(path), at)))
  const named = error instanceof Error && (error.name === 'Error' || strays(error)) ? '' : `${error instanceof Error ? error.name : ''}: `
  const text = error instanceof Error ? `${named}${error.message}` : typeof error === 'string' ? error : 'what it throws is no Error'
  const place = placeOf(error, files) ?? (error instanceof SyntaxError ? syntaxPlace(files) : undefined)
  const where = place ? `${shown(place.path)}:${place.line}` : file
  const line = (text.split('\n')[0] ?? text).replace(/\?firebreak-load=\d+/g, '').replaceAll(`${dirname(path)}/`, '')
  if (error instanceof SyntaxError) return fault(where, line, mendOfSyntax(error))
  if (hasCode(error, 'ERR_MODULE_NOT_FOUND')) return fault(where, line, 'correct the import, or install the package beside the plan')
  const mend = strays(error)
    ? 'a plan only describes: take out what waits, serves or ends'
    : 'a plan only describes; mend the code at this line'
  return fault(where, `the plan failed while it was read: ${line}`, mend)
}

function mendOfSyntax(error: SyntaxError): string {
  if (hasCode(error, 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'))
    return 'use only types that can be erased: no enums, namespaces or parameter properties'
  return error.message.includes('does not provide an export') ? 'correct the name in the import' : 'mend the syntax at this line'
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

interface Place {
  readonly path: string
  readonly line: number
}

/** The first line of the stack that lies in one of the plan's files. */
function placeOf(error: unknown, files: readonly string[]): Place | undefined {
  if (!(error instanceof Error)) return undefined
  for (const match of (error.stack ?? '').matchAll(/((?:file:\/\/)?\/[^\s()?]+)(?:\?firebreak-load=\d+)?:(\d+)/g)) {
    const found = match[1] ?? ''
    const path = found.startsWith('file:') ? fileURLToPath(found) : found
    if (files.includes(path)) return { path, line: Number(match[2]) }
  }
  return undefined
}

/** V8 keeps the place of a syntax error to itself; the type stripper, which reads JavaScript too, says it. */
function syntaxPlace(files: readonly string[]): Place | undefined {
  for (const path of files.toReversed()) {
    try {
      stripTypeScriptTypes(readFileSync(path, 'utf8'), { sourceUrl: path })
    } catch (error) {
      return placeOf(error, [path]) ?? { path, line: 1 }
    }
  }
  return undefined
}
