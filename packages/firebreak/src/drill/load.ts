// Loads the drill of a folder, wherever it lies; whatever is wrong with it is said with its place and a mend.
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UserError, type Fault } from '../model/errors.ts'
import { importPlan } from '../plan/import-graph.ts'
import type { Drill, Scene } from './define.ts'

export interface LoadedDrill {
  readonly drill: Drill
  readonly folder: string
  readonly planFile: string
}

/** @example const { drill, planFile } = await loadDrill('drills/empty-market') */
export async function loadDrill(folder: string): Promise<LoadedDrill> {
  const path = resolve(folder)
  const file = join(path, 'drill.ts')
  if (!existsSync(path) || !statSync(path).isDirectory())
    throw fault(folder, 'there is no such folder', 'give the folder of a drill: one with drill.ts and a plan beside it')
  if (!existsSync(file)) throw fault(folder, 'holds no drill.ts', 'give the folder of a drill: one with drill.ts and a plan beside it')
  const { module } = await importPlan(file, (error) => failed(file, 'could not be read', error))
  const drill = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined
  if (!isFields(drill)) throw fault(file, 'its default export is not a drill', 'write `export default defineDrill({ … })`')
  const faults = fieldFaults(drill, { name: 'string', about: 'string', plan: 'string', scene: 'function' }, file)
  if (faults.length > 0) throw new UserError(faults)
  // Every field was looked at just above.
  const loaded = drill as unknown as Drill
  const planFile = join(path, loaded.plan)
  if (!existsSync(planFile))
    throw fault(file, `names the plan '${loaded.plan}', and there is no such file`, 'name the plan that lies beside it, such as plan.ts')
  return { drill: loaded, folder: path, planFile }
}

/** What a scene gave, if it is one. */
export function sceneOf(value: unknown, folder: string): Scene {
  const file = join(folder, 'drill.ts')
  if (!isFields(value)) throw fault(file, 'its scene gave nothing', 'return { deployment, keys, attack, quiet, grief, lost }')
  const faults = fieldFaults(
    value,
    { deployment: 'object', keys: 'object', attack: 'function', quiet: 'function', grief: 'function', lost: 'function' },
    `${file}: scene`,
  )
  if (faults.length > 0) throw new UserError(faults)
  return value as unknown as Scene
}

/** An error of the drill's own code, as a fault; faults of a part that was loaded twice are told by their shape. */
export function failed(path: string, wrong: string, error: unknown): UserError {
  if (error instanceof Error && error.name === 'UserError' && 'faults' in error && Array.isArray(error.faults))
    return new UserError(error.faults as readonly Fault[])
  const why = (error instanceof Error ? error.message : String(error)).split('\n')[0]?.replace(/\?firebreak-load=\d+/g, '')
  return fault(path, `${wrong}: ${why}`, 'mend the drill’s own code; FIREBREAK_DEBUG=1 shows where it failed', error)
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

function fieldFaults(value: Readonly<Record<string, unknown>>, wanted: Readonly<Record<string, string>>, path: string): readonly Fault[] {
  return Object.entries(wanted).flatMap(([field, type]) =>
    typeof value[field] === type && value[field] !== null
      ? []
      : [
          {
            path: `${path}: ${field}`,
            wrong: `is ${value[field] === undefined ? 'missing' : `a ${typeof value[field]}`}`,
            mend: `give it: ${article(type)}`,
          },
        ],
  )
}

const article = (type: string): string => (type === 'object' ? 'an object' : `a ${type}`)

function fault(path: string, wrong: string, mend: string, cause?: unknown): UserError {
  const error = new UserError({ path, wrong, mend })
  if (cause !== undefined) error.cause = cause
  return error
}
