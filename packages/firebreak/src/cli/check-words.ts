// What a readiness report looks like to a person: brakes, time, dollars, signers, findings; readable at a glance.
import type { BrakeReport, ChainReport, Containment, Finding, Report, RouteReport, SignerReport, VetoReport } from '../readiness/report.ts'
import { coinsText } from '../base/coins.ts'
import { works } from '../readiness/report.ts'
import type { Io } from './io.ts'
import { dollarsText } from './dollars.ts'
import { countText, spanText } from './words.ts'

type Paint = Io['paint']

export function checkLines(report: Report, paint: Paint): readonly string[] {
  const width = Math.max(...report.brakes.map((brake) => brake.brake.length), ...(report.vetoes ?? []).map(({ veto }) => veto.length), 4)
  return [
    paint('bold', 'Brakes'),
    ...report.brakes.flatMap((brake) => brakeLines(brake, width, paint)),
    ...(report.vetoes ?? []).flatMap((veto) => vetoLines(veto, width, paint)),
    '',
    ...report.chains.flatMap((chain) => [...containmentLines(chain, paint), '']),
    paint('bold', 'Signers'),
    ...report.signers.flatMap((signer) => signerLines(signer, paint)),
    paint(
      'dim',
      '  Asked: the plan’s own undo calls, owner() and the like, roles by their customary names, proxy admin slots, balances and',
    ),
    paint('dim', '  allowances of the plan’s assets. Powers held in other ways are not seen: this list is not claimed to be complete.'),
    ...rest(report, paint),
  ]
}

/** The findings that a run prints when it starts: what fails, and what to know, without the figures. */
export function findingLines(report: Report, paint: Paint): readonly string[] {
  const broken = report.brakes.filter((brake) => !works(brake))
  return [
    ...broken.map((brake) => `${paint('red', '✗')} ${brake.brake}: ${whyNot(brake.routes[0])}`),
    ...report.signers.flatMap((signer) =>
      signer.secret?.ok === false ? [`${paint('red', '✗')} ${signer.authority}: ${signer.secret.why}`] : [],
    ),
    ...allFindings(report).map((finding) => findingLine(finding, paint)),
  ]
}

const whyNot = (route: RouteReport | undefined): string =>
  route?.verdict.kind === 'fails' ? route.verdict.why : 'nobody in the plan can pull it'

function brakeLines(brake: BrakeReport, width: number, paint: Paint): readonly string[] {
  const [first, ...others] = brake.routes
  const name = brake.brake.padEnd(width)
  const head = first ? verdictText(first, paint) : paint('red', 'nobody in the plan can pull it')
  const mark = first && works(brake) ? paint('green', first.verdict.kind === 'holdsAlready' ? '●' : '✓') : paint('red', '✗')
  return [
    `  ${mark} ${paint('bold', name)}  ${head}`,
    `    ${' '.repeat(width)}  ${paint('dim', `${brake.calls.join(', then ')} by ${first?.authority ?? 'nobody'}${gasText(first)}; guards ${dollarsText(brake.reach)}`)}`,
    ...(first?.undo ? [`    ${' '.repeat(width)}  ${undoText(first.undo, paint)}`] : []),
    ...others.map((route) => `    ${' '.repeat(width)}  otherwise by ${route.authority}: ${verdictText(route, paint)}`),
    ...brake.routes.flatMap((route) =>
      route.takes
        ? [
            `    ${' '.repeat(width)}  ${paint('dim', `by ${route.authority} it takes ${spanText(route.takes.ms / 1_000)} besides: ${route.takes.why}`)}`,
          ]
        : [],
    ),
  ]
}

function vetoLines({ veto, authority, places }: VetoReport, width: number, paint: Paint): readonly string[] {
  const indent = `    ${' '.repeat(width)}  `
  const able = places.every(({ may }) => may === false) ? paint('yellow', '!') : '·'
  return [
    `  ${able} ${paint('bold', veto.padEnd(width))}  a veto, by ${authority}: not tried, because there is nothing to cancel now`,
    ...places.map(
      ({ place, may, why }) =>
        `${indent}${place}: ${may === undefined ? paint('dim', why) : may ? paint('green', `may cancel: ${why}`) : paint('yellow', `may NOT cancel: ${why}`)}`,
    ),
  ]
}

function verdictText(route: RouteReport, paint: Paint): string {
  const { verdict } = route
  switch (verdict.kind) {
    case 'works':
      return paint('green', 'works')
    case 'holdsAlready':
      return `${paint(verdict.proven ? 'green' : 'yellow', 'holds already')}: ${verdict.why}`
    case 'fails':
      return `${paint('red', failureText[verdict.failure])}: ${verdict.why}`
    default:
      return verdict satisfies never
  }
}

const failureText = {
  noCode: 'WOULD FAIL, no contract',
  unreadable: 'WOULD FAIL, ABI mismatch',
  reverts: 'WOULD FAIL, reverts',
  doesNotHold: 'WOULD FAIL, does not hold afterwards',
  loosens: 'WOULD FAIL',
  noGas: 'WOULD FAIL, no gas',
  notSimulated: 'NOT PROVEN',
} as const

function gasText(route: RouteReport | undefined): string {
  if (!route || route.gasUsed.length === 0) return ''
  const sum = (all: readonly bigint[]): string => all.reduce((total, one) => total + one, 0n).toLocaleString('en-US')
  return `, ${sum(route.gasUsed)} gas, sent with ${sum(route.gasLimits)}`
}

function undoText(undo: NonNullable<RouteReport['undo']>, paint: Paint): string {
  if (undo.kind === 'works') return paint('dim', 'undo works')
  if (undo.kind === 'untried') return paint('dim', `undo not tried: ${undo.why}`)
  return `${paint('yellow', 'undo would fail')}: ${undo.why}`
}

function containmentLines(chain: ChainReport, paint: Paint): readonly string[] {
  const { containment, held, secondsPerBlock } = chain
  const { waiting, unseen } = containment
  const interval =
    chain.measuredOver > 0
      ? `a block every ${spanText(secondsPerBlock)}, measured over ${chain.measuredOver}`
      : 'too young to measure its blocks'
  const none = secondsPerBlock === 0
  const span = (blocks: number, seconds: number): string => `${countText(blocks, 'block')}${none ? '' : `, ${spanText(seconds)}`}`
  return [
    `${paint('bold', 'Time to contain')} on ${chain.chain} ${paint('dim', `(block ${chain.block}, ${interval})`)}`,
    ...(waiting
      ? [`  a waiting attack   ${paint('bold', span(waiting.blocks, waiting.seconds))}`, ...stepLines(waiting, paint)]
      : [`  a waiting attack   ${paint('yellow', 'is not seen')}: the node does not announce or simulate waiting transactions`]),
    `  a private attack   ${paint('bold', span(unseen.blocks, unseen.seconds))}: one block later`,
    ...stepLines(unseen, paint),
    `${paint('bold', 'Dollars within reach')} meanwhile: ${paint('bold', dollarsText(held))}, all that the plan’s contracts hold at present prices`,
    ...chain.byHolder.map((one) =>
      paint(
        'dim',
        `  ${one.holder}: ${one.dollars === undefined ? `${one.asset} without a price` : `${dollarsText(one.dollars)} in ${one.asset}`}`,
      ),
    ),
    ...(waiting?.blocks === 1 ? ['  A waiting attack takes nothing when our brake is ahead of it in its block.'] : []),
    `  A private one takes what a single transaction can carry away, and what it leaves is within its reach until ${unseen.blocks > 2 ? `the brake holds${none ? '' : `, ${spanText(unseen.seconds)}`}` : `the next block${none ? '' : `, ${spanText(secondsPerBlock)} on average`}`}.`,
    ...chain.lacks.map(({ capability, cost }) => `  ${paint('yellow', '!')} the node lacks ${capability}: ${cost}`),
  ]
}

const stepLines = ({ steps }: Containment['unseen'], paint: Paint): readonly string[] =>
  steps.map(({ step, blocks, why }) => paint('dim', `    ${step.padEnd(15)} ${countText(blocks, 'block').padEnd(8)}  ${why}`))

function signerLines(signer: SignerReport, paint: Paint): readonly string[] {
  const { authority, address, balance, reserve, pulls, pullsAtTenfold, dearest, secret } = signer
  const enough = pulls === undefined || pulls > 0n
  const mark = secret?.ok === false || !enough ? paint('red', '✗') : pullsAtTenfold === 0n ? paint('yellow', '!') : paint('green', '✓')
  const pays =
    pulls === undefined
      ? 'it is no brake’s first choice'
      : `pays for ${countText(pulls, 'pull')} of ${dearest} now, ${(pullsAtTenfold ?? 0n).toLocaleString('en-US')} at ten times the base fee`
  const key =
    secret === undefined
      ? paint('dim', 'its secret was not opened')
      : secret.ok
        ? secret.signsInMs === undefined
          ? 'its secret opens and is its own'
          : `its signer signs for it, in ${Math.ceil(secret.signsInMs)} ms`
        : `${paint('red', 'its secret cannot be used')}: ${secret.why}`
  return [
    `  ${mark} ${paint('bold', authority)} ${address}`,
    `    balance ${coinsText(balance)}, of which ${coinsText(reserve)} is kept back: ${pays}`,
    `    ${key}`,
    ...signer.powers.map((finding) => `    ${paint('yellow', '!')} ${finding.says}`),
  ]
}

const allFindings = (report: Report): readonly Finding[] => [
  ...(report.vetoes ?? []).flatMap(({ veto, places }) =>
    places.every(({ may }) => may === false) ? [{ about: veto, says: places.map(({ place, why }) => `${place}: ${why}`).join('; ') }] : [],
  ),
  ...report.findings,
  ...report.chains.flatMap((chain) => chain.findings),
  ...report.signers.flatMap((signer) => signer.powers),
]

function rest(report: Report, paint: Paint): readonly string[] {
  const others = [...report.findings, ...report.chains.flatMap((chain) => chain.findings)]
  return others.length === 0 ? [] : ['', paint('bold', 'Also'), ...others.map((finding) => `  ${findingLine(finding, paint)}`)]
}

const findingLine = (finding: Finding, paint: Paint): string => `${paint('yellow', '!')} ${finding.about}: ${finding.says}`
