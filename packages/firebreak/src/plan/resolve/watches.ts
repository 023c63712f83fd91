// Builds the watches of a plan into detectors; their faults get the watch's name before the path.
import type { Detector, Scope, Watch } from '../../model/detector.ts'
import { UserError, type Fault } from '../../model/errors.ts'
import { wordsOf } from './calls.ts'
import type { Context } from './context.ts'
import { quoted, type Fields } from './report.ts'
import { AlreadyReported } from './scope.ts'

export interface BuiltWatch {
  readonly name: string
  readonly detector: Detector
  readonly options: Watch['options']
}

/** The engine's own signals carry this name. */
const reserved = 'firebreak'

function isWatch(given: unknown): given is Watch {
  return (
    typeof given === 'object' &&
    given !== null &&
    'build' in given &&
    typeof given.build === 'function' &&
    'kind' in given &&
    typeof given.kind === 'string'
  )
}

function isFaults(built: Detector | readonly Fault[]): built is readonly Fault[] {
  return Array.isArray(built)
}

function join(path: string, rest: string): string {
  return rest === '' || rest.startsWith('[') ? `${path}${rest}` : `${path}.${rest}`
}

export function resolveWatches(context: Context, entries: readonly (readonly [string, Fields])[], scope: Scope): readonly BuiltWatch[] {
  const built: BuiltWatch[] = []
  for (const [name, given] of entries) {
    const path = `watch.${name}`
    if (name === reserved)
      context.report(path, `the name '${reserved}' is taken: signals about Firebreak itself carry it`, 'choose another name')
    else if (!isWatch(given)) context.report(path, `is ${quoted(given)}, not a watch`, 'write invariant(…), outflow(…) or another detector')
    else {
      const detector = buildOne(context, path, given, scope)
      if (detector) built.push({ name, detector, options: given.options })
    }
  }
  return built
}

function buildOne(context: Context, path: string, watch: Watch, scope: Scope): Detector | undefined {
  try {
    const detector = watch.build(scope)
    if (isFaults(detector)) {
      for (const fault of detector) context.report(join(path, fault.path), fault.wrong, fault.mend)
      return undefined
    }
    if (!context.chains.has(detector.chain)) {
      return context.report(
        path,
        `is about the chain ${quoted(detector.chain)}, which the plan does not know`,
        'list one of its contracts under `contracts`',
      )
    }
    return detector
  } catch (error) {
    if (error instanceof AlreadyReported) return undefined
    if (error instanceof UserError) {
      for (const fault of error.faults) context.report(join(path, fault.path), fault.wrong, fault.mend)
      return undefined
    }
    return context.report(
      path,
      `could not be built: ${wordsOf(error).wrong}`,
      "mend the detector's options, or the detector if it is your own",
    )
  }
}
