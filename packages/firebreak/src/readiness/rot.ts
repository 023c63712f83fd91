// What changed between two checks: what worked and rots now, and what works again. Said once for each change.
import { works, type BrakeReport, type Report, type SignerReport } from './report.ts'

export interface Change {
  readonly chain: string
  /** `brake pauseVault`, `signer guardian`, `secret of guardian`. */
  readonly what: string
  readonly now: { readonly rots: true; readonly wrong: string } | { readonly rots: false }
}

interface State {
  readonly chain: string
  readonly what: string
  /** Undefined when it is as it should be. */
  readonly wrong: string | undefined
}

const brakeState = (brake: BrakeReport): State => {
  const [first] = brake.routes
  const why = first === undefined ? 'no authority can pull it' : first.verdict.kind === 'fails' ? first.verdict.why : undefined
  return { chain: brake.chain, what: `brake ${brake.brake}`, wrong: works(brake) ? undefined : why }
}

function signerStates(signer: SignerReport): readonly State[] {
  const { chain, authority, pulls, secret } = signer
  const gas = pulls === 0n ? `${signer.address} cannot pay for a single pull of ${signer.dearest} any more` : undefined
  return [
    { chain, what: `gas of ${authority}`, wrong: gas },
    ...(secret ? [{ chain, what: `secret of ${authority}`, wrong: secret.ok ? undefined : secret.why }] : []),
  ]
}

const statesOf = (report: Report): readonly State[] => [...report.brakes.map(brakeState), ...report.signers.flatMap(signerStates)]

/** Against `before`, or, at the start, against everything being as it should. A different reason for the same rot is not said again. */
export function changesBetween(before: Report | undefined, now: Report): readonly Change[] {
  const was = new Map(before ? statesOf(before).map((state) => [`${state.chain}|${state.what}`, state]) : [])
  return statesOf(now).flatMap((state): readonly Change[] => {
    const earlier = was.get(`${state.chain}|${state.what}`)
    const wrongBefore = earlier?.wrong !== undefined
    if ((state.wrong !== undefined) === wrongBefore) return []
    return [{ chain: state.chain, what: state.what, now: state.wrong === undefined ? { rots: false } : { rots: true, wrong: state.wrong } }]
  })
}
