// `firebreak incident <id>`: the whole story of one incident, from the first signal to the release, as the journal tells it.
import type { Command } from 'commander'
import { rebuild } from '../engine/rebuild.ts'
import { UserError } from '../model/errors.ts'
import { carryOut, command } from './command.ts'
import { authorityLine } from './authority-line.ts'
import { incidentStory, type IncidentStory, type Step } from './incident-story.ts'
import { comparisonLines, decisionLine } from './incident-lines.ts'
import type { ExitCode, Io } from './io.ts'
import { readJournal, type JournalChoice } from './open-journal.ts'
import { defaultPlan } from './open-plan.ts'
import { dollarsText } from './dollars.ts'
import { gweiText } from '../base/coins.ts'
import { spanText, timeText } from './words.ts'

interface IncidentOptions extends JournalChoice {
  readonly json?: boolean
}

type Paint = Io['paint']

export function incidentCommand(): Command {
  return command({
    name: 'incident',
    arguments: '<id>',
    about: 'Tell one incident from its first signal to its release: what was seen, compared, decided, sent and read back.',
    example: 'firebreak incident inc-1a2b3c --plan firebreak.plan.ts',
  })
    .option('--plan <file>', 'the plan', defaultPlan)
    .option('--journal <file>', 'the record (default: .firebreak/ beside the plan)')
    .action(async (id: string, options: IncidentOptions) => carryOut(options.json, (io) => incident(id, options, io)))
}

async function incident(id: string, options: IncidentOptions, io: Io): Promise<ExitCode> {
  return readJournal(options, io, (journal, path) => {
    const story = incidentStory(journal, id)
    if (!story) {
      const ids = rebuild(journal).memory.incidents.map((one) => one.id)
      throw new UserError({
        path: id,
        wrong: `is no incident of ${path}`,
        mend: ids.length > 0 ? `it has ${ids.slice(-5).join(', ')}: see \`firebreak incidents\`` : 'it has none yet',
      })
    }
    for (const line of storyLines(story, io.paint)) io.say(line)
    io.document(story)
    return 0
  })
}

function storyLines(story: IncidentStory, paint: Paint): readonly string[] {
  const { incident: one, merged, steps } = story
  const start = steps[0]?.at ?? one.openedAt
  const watches = Object.entries({ ...one.evidence, ...one.verdicts })
  const held = steps.find((step) => step.kind === 'status' && step.status === 'contained')
  const exposure = one.exposure
  return [
    `${paint('bold', one.id)} on ${one.chain}: ${one.status}${one.mergedInto ? `, part of ${one.mergedInto}` : ''}`,
    `  began      ${timeText(start)} UTC, at block ${one.firstBlock.number}`,
    ...(held ? [`  contained  after ${since(held.at - start)}`] : []),
    `  at stake   ${dollarsText(one.severity)}${exposure ? `: ${dollarsText(exposure.lost)} lost, ${dollarsText(exposure.atRisk)} within reach${exposure.perMinute > 0n ? `, ${dollarsText(exposure.perMinute)} a minute` : ''}` : ''}`,
    `  sure       ${Math.round(one.confidence * 100)} %, by ${watches.map(([watch, likelihood]) => `${watch} ${Math.round(likelihood * 100)} %`).join(', ')}`,
    ...(merged.length > 0 ? [`  merged     ${merged.join(', ')}`] : []),
    ...(one.culprits.length > 0 ? [`  behind it  ${one.culprits.join('\n             ')}`] : []),
    '',
    ...folded(steps).flatMap(([step, again]) => stepLines(step, again, start, paint)),
  ]
}

/** The first second is where the answer falls: it is told in milliseconds. */
const since = (ms: number): string => (ms > 0 && ms < 1_000 ? `${Math.round(ms)} ms` : spanText(ms / 1_000))

const indent = ' '.repeat(11)

/** What lasts is said at every block: told once, with how often it was said again, and until when. */
interface Again {
  readonly times: number
  readonly last: number
}

function folded(steps: readonly Step[]): readonly (readonly [Step, Again | undefined])[] {
  const keyOf = (step: Step): string | undefined =>
    step.kind === 'signal' && step.signal.moment.kind === 'block' ? `${step.signal.watch} ${step.signal.summary}` : undefined
  const again = new Map<string, Again>()
  const first = new Set<string>()
  const shown = steps.filter((step) => {
    const key = keyOf(step)
    if (key === undefined) return true
    if (first.has(key)) again.set(key, { times: (again.get(key)?.times ?? 0) + 1, last: step.at })
    const isFirst = !first.has(key)
    first.add(key)
    return isFirst
  })
  return shown.map((step) => [step, again.get(keyOf(step) ?? '')] as const)
}

function stepLines(step: Step, again: Again | undefined, start: number, paint: Paint): readonly string[] {
  const [head, ...details] = told(step, paint)
  if (head === undefined) return []
  const offset = `+${since(step.at - start)}`
  const repeats = again ? [paint('dim', `said ${again.times} more times, the last at +${since(again.last - start)}`)] : []
  return [`${paint('dim', offset.padEnd(10))} ${head}`, ...[...details, ...repeats].map((line) => `${indent}${line}`)]
}

function told(step: Step, paint: Paint): readonly string[] {
  switch (step.kind) {
    case 'signal': {
      const { watch, likelihood, summary, moment, weight, loss } = step.signal
      const where = moment.kind === 'pending' ? `waiting on top of block ${moment.block.number}` : `block ${moment.block.number}`
      return [
        `${paint('yellow', weight === 'verdict' ? 'SIGNAL' : 'evidence')} ${paint('bold', watch)} ${Math.round(likelihood * 100)} %: ${summary}`,
        paint('dim', `${where}${loss.length > 0 ? `; ${loss.map((one) => one.asset).join(', ')} at stake` : ''}`),
        ...(moment.tx ? [paint('dim', moment.tx)] : []),
      ]
    }
    case 'status':
      return [
        `${paint('bold', step.status)}${step.status === 'open' ? `: ${dollarsText(step.incident.severity)} at stake, ${Math.round(step.incident.confidence * 100)} % sure` : ''}`,
      ]
    case 'merge':
      return [`merged: ${step.from} is part of ${step.into}`]
    case 'decision': {
      const { decision } = step
      const even =
        decision.breakEven === undefined || decision.breakEven === null
          ? ''
          : `; a pull pays from ${(decision.breakEven * 100).toFixed(decision.breakEven < 0.01 ? 3 : 1)} % on`
      return [
        decisionLine(decision, paint),
        ...(step.disarmed.length > 0 ? [paint('yellow', `not sent: people had disarmed ${step.disarmed.join(', ')}`)] : []),
        paint('dim', `${decision.id}, at block ${decision.block.number}, ${Math.round(decision.confidence * 100)} % sure${even}`),
      ]
    }
    case 'comparison':
      return ['compared', ...comparisonLines(step.comparison, step.pulled, paint)]
    case 'desire':
      // The receipt says it better.
      return step.desire.status === 'holding' ? [] : desireLines(step, paint)
    case 'intent': {
      const { intent, again } = step
      const last = intent.attempts.at(-1)
      const fees = last ? `, tip ${gweiText(last.maxTip)}, at most ${gweiText(last.maxFee)} a gas` : ''
      return [
        `${again ? 'outbid: higher fees for' : 'intent: about to send'} ${intent.brake}, nonce ${intent.nonce}${fees}`,
        ...(last ? [paint('dim', last.hash)] : []),
      ]
    }
    case 'broadcast':
      return [
        `${step.result === 'sent' ? 'sent' : step.result === 'known' ? 'sent again, known already' : paint('red', `not taken (${step.result}${step.why ? `: ${step.why}` : ''})`)} ${step.brake}${step.relay ? ' to the private relay' : ''}`,
        paint('dim', step.tx),
      ]
    case 'authority':
      return [
        authorityLine(step.news, step.brake),
        ...(step.news.kind === 'proposal' && step.news.state === 'signed'
          ? (step.news.ask?.has ?? []).map((owner) => paint('dim', owner))
          : []),
      ]
    case 'receipt':
      return [
        `${paint('green', 'HOLDS')} ${paint('bold', step.receipt.brake)}, read back at block ${step.receipt.block.number}${step.receipt.tx ? '' : ', brought about by someone else'}`,
        ...(step.receipt.tx ? [paint('dim', step.receipt.tx)] : []),
      ]
    case 'undone':
      return [
        `${paint('yellow', 'RELEASED')} ${paint('bold', step.receipt.brake)} by its undo, read back at block ${step.receipt.block.number}`,
        ...(step.receipt.tx ? [paint('dim', step.receipt.tx)] : []),
      ]
    case 'release':
      return [
        `${paint('yellow', 'let go')} of ${step.brake}${step.tx ? ', by someone else' : ', by a person’s order'}`,
        ...(step.tx ? [paint('dim', step.tx)] : []),
      ]
    case 'order':
      return [
        `${paint('bold', `order: ${orderText(step)}`)}${step.by ? ` by ${step.by}` : ''}${step.because ? `, because ${step.because}` : ''}`,
      ]
    default:
      return step satisfies never
  }
}

function orderText({ order, brake }: Extract<Step, { kind: 'order' }>): string {
  switch (order) {
    case 'pull':
    case 'release':
      return `${order} ${brake}`
    case 'disarm':
    case 'arm':
      return `${order} ${brake ?? 'everything'}`
    case 'ack':
      return 'taken on'
    case 'dismiss':
      return 'dismissed as no attack'
    default:
      return order satisfies never
  }
}

function desireLines({ desire }: Extract<Step, { kind: 'desire' }>, paint: Paint): readonly string[] {
  const { brake, authority, owner, status, until, since, saves } = desire
  if (status !== 'wanted') return [`our wish for ${brake}: ${status}`]
  return [
    `${paint('red', 'wanted')} ${paint('bold', brake)} by ${authority} for ${spanText((until - since) / 1_000)}; ${owner} answers for it${saves > 0n ? `; saves ${dollarsText(saves)}` : ''}`,
  ]
}
