// The demo's chapters: each a few lines of at most 80 columns, out of what the drill's runs showed.
import type { Comparison } from '../model/decision.ts'
import type { DrillReport } from '../drill/run.ts'
import { dollarsText } from './dollars.ts'
import type { Io } from './io.ts'
import { timeline } from './timeline.ts'
import { countText, short, wrapped } from './words.ts'

type Paint = Io['paint']

const columns = 80
const barWidth = 20

const chapter = (number: number, title: string, paint: Paint): string => `${paint('cyan', ` ${number} `)} ${paint('bold', title)}`
const text = (...sentences: readonly string[]): readonly string[] => wrapped(sentences.join(' '), columns - 4).map((line) => `    ${line}`)
const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `    ${line}`)

function comparisonIn({ watch }: DrillReport): Comparison | undefined {
  return watch.decisions().find((one) => one.verdict === 'pull')?.comparison
}

export function openingLines({ plan, watch, blocks }: DrillReport, paint: Paint): readonly string[] {
  const held = watch.heldAtFirst()
  const before = (blocks[0]?.number ?? 1n) - 1n
  return [
    chapter(1, 'A lending market, deployed a moment ago', paint),
    ...text(
      `The original Compound v2 contracts, as they were deployed, on a local chain at block ${before}.`,
      `Four markets hold ${held === undefined ? 'their users’ money' : `${dollarsText(held)} in cash`}. A fifth, for a token named kelp, has just been listed; nobody has supplied to it yet.`,
      `Firebreak runs with the team’s plan: ${countText(plan.watches.length, 'watch', 'watches')}, ${countText(plan.brakes.length, 'brake')}, and one key, the pause guardian’s.`,
    ),
  ]
}

export function attackLines({ blocks, result }: DrillReport, paint: Paint): readonly string[] {
  const attack = blocks.flatMap((block) => block.txs).find((tx) => tx.role === 'attack')
  return [
    chapter(2, 'The attack enters the mempool', paint),
    ...text(
      `One transaction${attack ? `, ${short(attack.hash)}` : ''}: it borrows kelp by flash loan, mints the first two units of the empty market, donates the rest so that each unit seems worth millions, and borrows everything the other markets hold against them.`,
      `In the next block it would take ${paint('red', `$${result.predictedLossUsd.toLocaleString('en-US', { maximumFractionDigits: 0 })}`)}.`,
    ),
  ]
}

export function detectionLines({ watch, result }: DrillReport, paint: Paint): readonly string[] {
  const pending = watch.signals().filter((signal) => signal.moment.kind === 'pending' && signal.weight === 'verdict')
  const first = [...new Map(pending.map((signal) => [signal.watch, signal])).values()]
  const width = Math.max(...first.map((signal) => signal.watch.length), 1)
  return [
    chapter(3, `Seen ${result.detected?.ms ?? '?'} ms later, before it is mined`, paint),
    ...text(
      'Firebreak simulates every waiting transaction that touches the plan’s contracts, and shows its effects to the same watches that judge blocks:',
    ),
    ...first.flatMap((signal) => {
      const [head = '', ...more] = wrapped(signal.summary, columns - 8 - width)
      return [`    ${paint('yellow', signal.watch.padEnd(width))}  ${head}`, ...more.map((line) => `    ${' '.repeat(width)}  ${line}`)]
    }),
  ]
}

export function brakeLines(report: DrillReport, paint: Paint): readonly string[] {
  const comparison = comparisonIn(report)
  if (!comparison) return [chapter(4, 'No brake was pulled', paint)]
  const { candidates } = comparison
  const forms = new Set(candidates.flatMap((one) => one.forms.map(({ form }) => form))).size
  const most = candidates.reduce((max, one) => (one.residual > max ? one.residual : max), 1n)
  const width = Math.max(...candidates.map((one) => one.brakes.join(' + ').length), 5)
  const bar = (residual: bigint): string =>
    '█'.repeat(Number((residual * BigInt(barWidth)) / most) || (residual > 0n ? 1 : 0)).padEnd(barWidth)
  const pulled = report.result.decision.pulled.join()
  return [
    chapter(4, 'Which brake helps? Each is tried in simulation first', paint),
    ...text(
      `Brake, then the attack, then a count of what is left to lose: in ${countText(forms, 'form')} of the attack, as seen and rewritten to other assets, amounts and senders.`,
    ),
    '',
    paint('dim', `    ${'brake'.padEnd(width)}  ${'would leave to lose'.padEnd(barWidth + 11)}  if needless`),
    ...candidates.map((one) => {
      const name = one.brakes.join(' + ')
      const enough = one.residual === 0n
      const left = `${paint(enough ? 'green' : 'red', bar(one.residual))} ${paint(enough ? 'green' : 'red', dollarsText(one.residual).padStart(12))}`
      return `    ${paint(name === pulled ? 'bold' : 'dim', name.padEnd(width))}  ${left}  ${dollarsText(one.cost).padStart(7)}${name === pulled ? paint('green', ' ◀') : ''}`
    }),
    '',
    ...text(`${pulled} is the cheapest that leaves nothing to lose. ${others(candidates, pulled)}`),
  ]
}

function others(candidates: Comparison['candidates'], pulled: string): string {
  const rest = candidates.filter((one) => one.brakes.join(' + ') !== pulled)
  const enough = rest.filter((one) => one.residual === 0n).length
  const words = [
    ...(enough > 0 ? [`${enough} would have been enough, too, and cost more when pulled for nothing`] : []),
    ...(enough < rest.length ? [`${rest.length - enough} would have let money go`] : []),
  ]
  return words.length === 0 ? '' : `Of the others ${words.join('; ')}.`
}

export function publicLines({ result, blocks, blocksAlone, watch }: DrillReport, paint: Paint): readonly string[] {
  const brake = blocks.flatMap((block) => block.txs).find((tx) => tx.role === 'brake')
  const ms = watch.pulledAfterMs()
  return [
    chapter(5, `${result.decision.pulled.join(' + ')} is pulled, ahead of the attack`, paint),
    ...text(
      `${ms === undefined ? 'At once' : `${ms} ms after the attack was seen`} the guardian’s call is decided${brake ? ` (${short(brake.hash)})` : ''}; it pays a higher tip, so the block takes it first.`,
    ),
    '',
    `    ${paint('bold', 'with Firebreak')}`,
    ...indented(timeline(blocks, columns - 4, paint)),
    `    ${paint('bold', 'without')}, from the same snapshot`,
    ...indented(timeline(blocksAlone, columns - 4, paint)),
  ]
}

export function privateLines({ result, blocks, blocksAlone, firstLoss }: DrillReport, paint: Paint): readonly string[] {
  return [
    chapter(6, 'And if nobody sees it coming?', paint),
    ...text(
      'Sent to a builder in private, the first transaction cannot be stopped from outside: only limits inside the contracts could. What can be stopped is the second.',
    ),
    '',
    `    ${paint('bold', 'with Firebreak')}`,
    ...indented(timeline(blocks, columns - 4, paint)),
    `    ${paint('bold', 'without')}`,
    ...indented(timeline(blocksAlone, columns - 4, paint)),
    '',
    ...text(
      `Lost: ${dollarsText(firstLoss)} instead of $${result.lostUsdWithoutFirebreak.toLocaleString('en-US', { maximumFractionDigits: 0 })}.`,
    ),
  ]
}

export function endLines(paint: Paint): readonly string[] {
  const row = (does: string, how: string): readonly string[] => [`    ${does}`, `      ${paint('cyan', how)}`]
  return [
    paint('bold', 'What next'),
    ...row('other attacks, variants and seeds', 'npx firebreak drill spot-oracle --variant private --seed 7'),
    ...row('a plan for a contract of your own', 'npx firebreak init --chain-id 1 --contract vault=0x…:out/Vault.json'),
    ...row('would every brake work today? (sends nothing)', 'npx firebreak check'),
    ...row('step by step, on a local chain', 'docs/first-ten-minutes.md'),
  ]
}
