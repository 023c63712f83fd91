// What a command may print: results on stdout, everything else on stderr, secrets nowhere.
import { styleText } from 'node:util'
import { nodeFault } from '../engine/connect.ts'
import { knownSecrets, type Secrets } from '../base/secrets.ts'
import { UserError } from '../model/errors.ts'
import { canonical } from '../base/canonical.ts'

type Style = Parameters<typeof styleText>[0]

export interface Io {
  /** True when the user asked for one JSON document on stdout. */
  readonly json: boolean
  readonly secrets: Secrets
  /** The result, for people. Nothing in JSON mode. */
  readonly say: (line?: string) => void
  /** Progress and warnings: stderr. */
  readonly note: (line: string) => void
  /** The result, for programs. Nothing unless JSON was asked for. */
  readonly document: (value: unknown) => void
  /** Colour only on a terminal, and not where NO_COLOR asks for none. */
  readonly paint: (style: Style, text: string) => string
}

/** How a command ends. 0: done · 1: the answer is no (a brake would fail, a drill was lost) · 2: something has to be mended first. */
export type ExitCode = 0 | 1 | 2

export function terminalIo(json: boolean): Io {
  const secrets = knownSecrets()
  const coloured = process.stdout.isTTY && !process.env['NO_COLOR'] && !json
  return {
    json,
    secrets,
    say: (line = '') => {
      if (!json) process.stdout.write(`${secrets.redact(line)}\n`)
    },
    note: (line) => void process.stderr.write(`${secrets.redact(line)}\n`),
    document: (value) => {
      if (json) process.stdout.write(`${secrets.redact(JSON.stringify(value, readable, 2))}\n`)
    },
    paint: (style, text) => (coloured ? styleText(style, text) : text),
  }
}

/** Amounts are exact in JSON too: as text, because numbers there are not. */
function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Map) return Object.fromEntries(value)
  return value
}

/** Faults one below the other, each with its place and mend. */
export function explain(error: unknown, io: Io): void {
  const ofNode = nodeFault(error)
  const faults = error instanceof UserError ? error.faults : ofNode && [ofNode]
  if (io.json) {
    io.document({ error: faults ? { faults } : { message: error instanceof Error ? error.message : canonical(String(error)) } })
    return
  }
  if (!faults) {
    io.note(
      `${io.paint('red', 'error')} ${error instanceof Error ? (process.env['FIREBREAK_DEBUG'] ? error.stack : error.message) : String(error)}`,
    )
    return
  }
  for (const fault of faults) {
    io.note(`${io.paint('red', 'error')} ${io.paint('bold', fault.path)}: ${fault.wrong}`)
    io.note(`      ${io.paint('dim', 'mend:')} ${fault.mend}`)
  }
}
