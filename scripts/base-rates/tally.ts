// Many detectors followed as one, and what each said counted by its name in the plan.
import type { Detector, Finding, Needs } from '../../packages/firebreak/src/model/detector.ts'
import type { ResolvedPlan } from '../../packages/firebreak/src/model/plan.ts'

export interface Counts {
  readonly watch: string
  readonly kind: string
  moments: number
  verdicts: number
  evidence: number
  /** Notes that it is still learning. */
  learning: number
  /** The first things it said, for whoever wants to know why. */
  readonly said: string[]
}

export interface Tally {
  readonly detector: Detector<readonly unknown[]>
  readonly counts: readonly Counts[]
}

export function tallied(plan: ResolvedPlan): Tally {
  const counts = plan.watches.map(({ name, detector }): Counts => ({
    watch: name,
    kind: detector.kind,
    moments: 0,
    verdicts: 0,
    evidence: 0,
    learning: 0,
    said: [],
  }))
  const detectors = plan.watches.map((watch) => watch.detector)
  const memory = new WeakMap<readonly unknown[], Needs>()
  const merged = (states: readonly unknown[]): Needs => {
    const all = detectors.map((one, i) => one.needs(states[i]))
    const frames = [...new Set(all.flatMap((one) => one.frames ?? []))]
    const reads = [...new Map(all.flatMap((one) => one.reads).map((one) => [one.key, one])).values()]
    const logs = [...new Map(all.flatMap((one) => one.logs).map((one) => [one.key, one])).values()]
    return { reads, logs, ...(frames.length > 0 ? { frames } : {}) }
  }
  const detector: Detector<readonly unknown[]> = {
    kind: 'all',
    chain: plan.chains[0]?.name ?? '',
    subjects: [...new Set(detectors.flatMap((one) => [...one.subjects, ...(one.tokens ?? [])]))],
    start: detectors.map((one) => one.start),
    needs: (states) => {
      const known = memory.get(states)
      if (known) return known
      const needs = merged(states)
      memory.set(states, needs)
      return needs
    },
    step: (states, moment) => {
      const findings: Finding[] = []
      const next = detectors.map((one, i) => {
        const result = one.step(states[i], moment)
        const count = counts[i]
        if (count && moment.kind !== 'tick') {
          count.moments++
          for (const finding of result.findings) {
            if (finding.likelihood === 0) count.learning++
            else if (finding.weight === 'verdict') count.verdicts++
            else count.evidence++
            if (finding.likelihood > 0 && count.said.length < 5)
              count.said.push(`${finding.weight} ${finding.likelihood}: ${finding.summary}`)
          }
        }
        findings.push(...result.findings)
        return result.state
      })
      return { state: next, findings }
    },
  }
  return { detector, counts }
}

const percent = (share: number): string => `${(100 * share).toPrecision(2)} %`

/** Of nothing in n trials only the bound 3/n is known. */
const rate = (events: number, trials: number): string =>
  trials === 0 ? 'not run' : events === 0 ? `below ${percent(Math.min(1, 3 / trials))}` : percent(events / trials)

/** Watches that differ only in a number at the end are one kind: many holders, one row. */
function grouped(counts: readonly Counts[]): readonly Counts[] {
  const groups = new Map<string, Counts>()
  for (const one of counts) {
    const watch = one.watch.replace(/ \d+$/, '')
    const group = groups.get(watch)
    if (!group) groups.set(watch, { ...one, watch, said: [...one.said] })
    else {
      group.moments += one.moments
      group.verdicts += one.verdicts
      group.evidence += one.evidence
      group.learning += one.learning
      group.said.push(...one.said)
    }
  }
  return [...groups.values()]
}

export function print(title: string, all: readonly Counts[], why: boolean): void {
  const counts = grouped(all)
  console.log(`\n${title}`)
  const row = (cells: readonly string[]): string => cells.map((cell, i) => (i === 0 ? cell.padEnd(26) : cell.padStart(17))).join('')
  console.log(row(['watch', 'moments', 'verdicts', 'evidence', 'verdict rate', 'evidence rate']))
  for (const one of counts) {
    const learning = one.learning > 0 ? ' *' : ''
    const numbers = [one.moments, one.verdicts, one.evidence].map((n) => n.toLocaleString('en-US'))
    console.log(row([`${one.watch}${learning}`, ...numbers, rate(one.verdicts, one.moments), rate(one.evidence, one.moments)]))
    if (why) for (const text of one.said) console.log(`    ${text}`)
  }
  if (counts.some((one) => one.learning > 0)) console.log('* was learning for a part of the time, or all of it, and says nothing then')
}
