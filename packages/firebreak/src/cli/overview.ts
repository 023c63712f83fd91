// What `firebreak` says when it is called with nothing: where to begin, on less than a screen.
import { styleText } from 'node:util'

type Row = readonly [command: string, does: string]

const groups: readonly (readonly [heading: string, rows: readonly Row[]])[] = [
  [
    'See it work',
    [
      ['demo', 'a real attack on a local chain, contained; under a minute'],
      ['drill <name>', 'an attack against a plan; with and without Firebreak'],
    ],
  ],
  [
    'Protect a contract',
    [
      ['init', 'write a starter plan from addresses and ABIs'],
      ['check', 'simulate every brake from its real authority'],
      ['run', 'watch the chain; pull brakes only with --armed'],
      ['accept <hash>', 'let a changed plan take effect'],
    ],
  ],
  [
    'In an incident',
    [
      ['pull <brake>', 'pull a brake by hand'],
      ['release <brake>', 'let go of it again'],
      ['approve', 'sign what waits for the owners of a Safe'],
      ['ack <incident>', 'you have it: stop calling others'],
      ['dismiss <incident>', 'it is no attack'],
      ['disarm, arm', 'send nothing at all; send again'],
      ['incidents', 'what happened, the newest last'],
      ['incident <id>', 'one of them, from the first signal to the release'],
    ],
  ],
  [
    'Afterwards',
    [
      ['verify', 'whether the record is what was written'],
      ['replay <recording>', 'the same inputs, the same decisions, byte for byte'],
    ],
  ],
]

export function overview(coloured: boolean): string {
  const paint = (style: 'bold' | 'dim', text: string): string => (coloured ? styleText(style, text) : text)
  const rows = groups.flatMap(([heading, commands]) => [
    '',
    paint('bold', heading),
    ...commands.map(([name, does]) => `  firebreak ${name.padEnd(20)}${paint('dim', does)}`),
  ])
  return `${[`${paint('bold', 'firebreak')}: incident response for DeFi protocols, as code`, ...rows, '', 'Each command explains itself with --help and speaks JSON with --json.'].join('\n')}\n`
}
