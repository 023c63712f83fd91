// What a person reads while a drill runs, and the summary at its end.
import type { DrillEvent, MinedBlock, MinedTransaction } from '../drill/events.ts'
import type { Waiting } from '../drill/result.ts'
import type { DrillReport } from '../drill/run.ts'
import { droppedIn, missedText } from '../sources/tally.ts'
import type { Io } from './io.ts'
import { storyOf } from './story.ts'
import { countText } from './words.ts'

type Paint = Io['paint']

/** One line for each thing that happens; the engine's own lines come from the story that `run` tells. */
export function drillStory(io: Io): (event: DrillEvent) => void {
  const engine = storyOf(io)
  const stage = (text: string): void => io.say(`${io.paint('cyan', '▸')} ${text}`)
  return (event) => {
    switch (event.kind) {
      case 'building':
        return stage(`${io.paint('bold', event.drill)}: ${event.about}`)
      case 'built':
        return stage(
          `the scene stands at block ${event.head}; plan ${event.plan.name}, ${countText(event.plan.watches.length, 'watch', 'watches')}, ${countText(event.plan.brakes.length, 'brake')}`,
        )
      case 'act':
        return stage(event.name)
      case 'attack':
        return stage(
          `${event.hidden ? `round ${event.round + 1} of the attack goes to a builder, unseen` : 'the attack enters the mempool'}${event.name ? `: ${event.name}` : ''}`,
        )
      case 'flood':
        return stage(`${countText(event.count, 'transaction')} of other people begin to pour into the mempool`)
      case 'noAttack':
        return stage(`round ${event.round + 1} of the attack cannot even be put together: ${event.why}`)
      case 'engine':
        return engine.onInput(event.input, event.effects)
      case 'trouble':
        return io.note(`${io.paint('yellow', 'trouble')} ${event.what}`)
      case 'block':
        return event.block.txs.length > 0 ? stage(`block ${event.block.number}: ${blockText(event.block, io.paint)}`) : undefined
      case 'alone':
        return stage('the same once more from the same snapshot, without Firebreak')
      default:
        return event satisfies never
    }
  }
}

function blockText({ txs }: MinedBlock, paint: Paint): string {
  const groups: { readonly one: MinedTransaction; count: number }[] = []
  for (const one of txs) {
    const last = groups.at(-1)
    if (last?.one.role === one.role && last.one.ok === one.ok) last.count++
    else groups.push({ one, count: 1 })
  }
  const nameOf = ({ role }: MinedTransaction): string =>
    role === 'other' ? paint('dim', 'a user') : role === 'brake' ? paint('green', 'the brake') : paint('red', 'the attack')
  const shown = groups.map(
    ({ one, count }) =>
      `${one.role === 'other' && count > 1 ? paint('dim', countText(count, 'user')) : nameOf(one)} ${one.ok ? '✓' : '✗ reverted'}`,
  )
  return shown.join(', then ')
}

/** What was not looked at is said, with the reason. */
function waitingText({ seen, examined, judged, inLine, dropped, passed }: Waiting): string {
  const count = (value: number): string => value.toLocaleString('en-US')
  const missed = droppedIn({ dropped })
  const easy = passed.plain + passed.underpriced
  return [
    `${count(seen)} seen, ${count(examined)} looked at, ${count(judged)} touch the plan`,
    `${count(easy)} told harmless by themselves`,
    missed === 0 ? 'none missed' : `${count(missed)} not looked at in time: ${missedText(dropped)}`,
    ...(inLine > 0 ? [`${count(inLine)} still in line`] : []),
  ].join('; ')
}

export function resultLines({ result, wrong }: DrillReport, paint: Paint): readonly string[] {
  const { detected, decision, contained } = result
  const usd = (value: number): string =>
    `$${value.toLocaleString('en-US', value < 100 && value > 0 ? { minimumFractionDigits: 2 } : { maximumFractionDigits: 0 })}`
  const row = (label: string, text: string): string => `  ${label.padEnd(20)}${text}`
  return [
    '',
    `${paint('bold', result.drill)} ${result.variant}, seed ${result.seed}: ${wrong.length === 0 ? paint('green', 'passed') : paint('red', 'FAILED')}`,
    row(
      'detected',
      detected
        ? `by ${detected.by.join(', ')}, ${detected.blocks === 0 ? 'before it was mined' : `${countText(detected.blocks, 'block')} later`}`
        : 'nothing',
    ),
    row(
      'pulled',
      decision.pulled.length > 0
        ? `${decision.pulled.join(' + ')} (${decision.proof}, ${countText(decision.candidates.length, 'candidate')})`
        : 'nothing',
    ),
    row(
      'contained',
      contained
        ? `at block ${contained.block}, ${contained.beforeAttack ? 'before the attack' : 'after the attack’s first transaction'}`
        : '–',
    ),
    row('predicted loss', usd(result.predictedLossUsd)),
    row('lost', `${usd(result.lostUsd)}; ${usd(result.lostUsdWithoutFirebreak)} without Firebreak`),
    row('false actions', String(result.falseActions)),
    ...(result.waiting ? [row('waiting', waitingText(result.waiting))] : []),
  ]
}
