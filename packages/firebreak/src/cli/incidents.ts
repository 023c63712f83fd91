// `firebreak incidents`: every incident of a journal, one line each, while an instance may be running.
import type { Command } from 'commander'
import type { Disarmed } from '../base/arming.ts'
import { rebuild } from '../engine/rebuild.ts'
import type { Desire } from '../model/brake.ts'
import type { Incident } from '../model/incident.ts'
import type { Journal } from '../stages.ts'
import { carryOut, command } from './command.ts'
import type { ExitCode, Io } from './io.ts'
import { readJournal, type JournalChoice } from './open-journal.ts'
import { defaultPlan } from './open-plan.ts'
import { dollarsText } from './dollars.ts'
import { timeText } from './words.ts'

interface IncidentsOptions extends JournalChoice {
  readonly merged?: boolean
  readonly json?: boolean
}

export function incidentsCommand(): Command {
  return command({
    name: 'incidents',
    about: 'List the incidents of a journal: when, how bad, how sure, which brakes. Reads only; an instance may be running.',
    example: 'firebreak incidents --plan firebreak.plan.ts',
  })
    .option('--plan <file>', 'the plan', defaultPlan)
    .option('--journal <file>', 'the record (default: .firebreak/ beside the plan)')
    .option('--merged', 'also those that turned out to be part of another')
    .action(async (options: IncidentsOptions) => carryOut(options.json, (io) => incidents(options, io)))
}

/** What stands in one line of the list. */
interface Listed {
  readonly id: string
  readonly chain: string
  readonly at: string
  readonly status: Incident['status']
  /** Somebody has it, or said that it is no attack. */
  readonly people?: 'acknowledged' | 'dismissed'
  readonly mergedInto?: string
  readonly severityUsd: number
  readonly confidence: number
  readonly watches: readonly string[]
  readonly brakes: readonly { readonly brake: string; readonly status: Desire['status'] }[]
}

async function incidents(options: IncidentsOptions, io: Io): Promise<ExitCode> {
  return readJournal(options, io, (journal, path) => {
    const { all, disarmed } = listOf(journal)
    const shown = all.filter((one) => options.merged === true || one.status !== 'merged')
    io.document({ journal: path, disarmed, incidents: shown })
    if (disarmed.all || disarmed.but.length > 0)
      io.note(
        `${io.paint('yellow', 'DISARMED')} by people's order: ${disarmed.all ? `every brake${disarmed.but.length > 0 ? ` but ${disarmed.but.join(', ')}` : ''}` : disarmed.but.join(', ')}; nothing of them is sent until \`firebreak arm\``,
      )
    if (shown.length === 0) {
      io.say('no incidents')
      return 0
    }
    for (const line of tableOf(shown, io.paint)) io.say(line)
    const merged = all.length - shown.length
    io.note(`firebreak incident <id> tells one of them${merged > 0 ? `; ${merged} more became part of another (--merged)` : ''}`)
    return 0
  })
}

function listOf(journal: Pick<Journal, 'read'>): { readonly all: readonly Listed[]; readonly disarmed: Disarmed } {
  const { memory, acknowledged } = rebuild(journal)
  const { incidents: every, desires, disarmed } = memory
  const dismissed = new Set(memory.dismissed.map((one) => one.incident))
  const all = every
    .toSorted((a, b) => a.openedAt - b.openedAt)
    .map((one) => ({
      id: one.id,
      chain: one.chain,
      at: new Date(one.openedAt).toISOString(),
      status: one.status,
      ...(dismissed.has(one.id) ? { people: 'dismissed' as const } : acknowledged.has(one.id) ? { people: 'acknowledged' as const } : {}),
      ...(one.mergedInto === undefined ? {} : { mergedInto: one.mergedInto }),
      severityUsd: Number(one.severity / 10n ** 16n) / 100,
      confidence: one.confidence,
      watches: [...new Set([...Object.keys(one.verdicts), ...Object.keys(one.evidence)])],
      brakes: desires.filter((desire) => desire.incident === one.id).map(({ brake, status }) => ({ brake, status })),
    }))
  return { all, disarmed }
}

const colours = { open: 'yellow', containing: 'red', contained: 'green', closed: 'dim', merged: 'dim' } as const

function tableOf(all: readonly Listed[], paint: Io['paint']): readonly string[] {
  const cells = all.map((one) => [
    one.id,
    timeText(Date.parse(one.at)),
    one.people === undefined ? one.status : `${one.status}, ${one.people}`,
    dollarsText(BigInt(Math.round(one.severityUsd * 100)) * 10n ** 16n),
    `${Math.round(one.confidence * 100)} %`,
    one.brakes.map(({ brake, status }) => `${brake} ${status}`).join(', ') || (one.mergedInto ? `part of ${one.mergedInto}` : '–'),
  ])
  const head = ['incident', 'when (UTC)', 'status', 'at stake', 'sure', 'brakes']
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[], status?: Incident['status']): string =>
    row
      .map((cell, column) => {
        const text = column === 3 || column === 4 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
        return column === 2 && status ? paint(colours[status], text) : text
      })
      .join('  ')
      .trimEnd()
  return [paint('bold', line(head)), ...cells.map((row, i) => line(row, all[i]?.status))]
}
