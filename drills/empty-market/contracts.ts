// Every contract of the drill, ready to deploy: Compound's own from the pinned package, the rest compiled here.
import { openPackage, type Artifact } from 'firebreak/drill'
import { compoundV2 } from '../packages.ts'
import { compile, sharedContracts } from '../shared/compile.ts'

const own = ['Oracle', 'BrakeLens', 'DonationAttack', 'FlashVisitor'] as const
const knowing = ['AwareAttack'] as const
const compounds = ['Unitroller', 'Comptroller', 'JumpRateModelV2', 'CErc20Delegate', 'CErc20Delegator'] as const

export type Contracts = Readonly<
  Record<(typeof own)[number] | (typeof knowing)[number] | (typeof compounds)[number] | 'Token' | 'FlashLender', Artifact>
>

export async function contracts(): Promise<Contracts> {
  const compound = await openPackage(compoundV2)
  const artifactOf = (name: (typeof compounds)[number]): Artifact =>
    compound.artifact(`dist/artifacts/contracts/compound/${name}.sol/${name}.json`)
  return {
    ...sharedContracts(),
    ...compile(import.meta.dirname, ['Oracle.sol', 'BrakeLens.sol', 'Attack.sol', 'FlashVisitor.sol'], own),
    ...compile(import.meta.dirname, ['../shared/Disguise.sol', 'AwareAttack.sol'], knowing),
    Unitroller: artifactOf('Unitroller'),
    Comptroller: artifactOf('Comptroller'),
    JumpRateModelV2: artifactOf('JumpRateModelV2'),
    CErc20Delegate: artifactOf('CErc20Delegate'),
    CErc20Delegator: artifactOf('CErc20Delegator'),
  }
}
