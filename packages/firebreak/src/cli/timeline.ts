// A picture of a few blocks: a box for each, its transactions in their order, and what was lost by its end.
import type { MinedBlock, MinedTransaction } from '../drill/events.ts'
import { dollarsText } from './dollars.ts'
import type { Io } from './io.ts'

type Paint = Io['paint']

const colours = { brake: 'green', attack: 'red', other: 'dim' } as const
const names = { brake: 'brake', attack: 'attack', other: 'user' } as const

/** Four lines, or fewer blocks where `width` columns do not hold them all. */
export function timeline(blocks: readonly MinedBlock[], width: number, paint: Paint): readonly string[] {
  const boxes = blocks.map(boxOf)
  const label = 'lost'.padEnd(6)
  const fitting: Box[] = []
  for (const box of boxes) {
    if (label.length + [...fitting, box].reduce((sum, one) => sum + one.width + 2, 0) > width) break
    fitting.push(box)
  }
  const gap = ' '.repeat(label.length)
  const row = (draw: (box: Box) => string): string => fitting.map(draw).join('')
  return [
    gap + row((box) => `┌─ ${box.title} ${'─'.repeat(box.width - box.title.length - 3)}┐`),
    gap +
      row(
        (box) => `│ ${box.txs.map((tx) => paint(colours[tx.role], txText(tx))).join('   ')}${' '.repeat(box.width - 1 - box.text.length)}│`,
      ),
    gap + row((box) => `└${'─'.repeat(box.width)}┘`),
    label + row((box) => paint(box.lost === 0n ? 'green' : 'red', `  ${dollarsText(box.lost)}`.padEnd(box.width + 2))),
  ].map((line) => line.trimEnd())
}

interface Box {
  readonly title: string
  readonly text: string
  readonly txs: readonly MinedTransaction[]
  readonly lost: bigint
  /** Between its walls. */
  readonly width: number
}

const txText = ({ role, ok }: MinedTransaction): string => `${names[role]} ${ok ? '✓' : '✗'}`

function boxOf({ number, txs, lost }: MinedBlock): Box {
  const title = `block ${number}`
  const text = txs.map(txText).join('   ')
  return { title, text, txs, lost, width: Math.max(title.length + 4, text.length + 2, dollarsText(lost).length + 2) }
}
