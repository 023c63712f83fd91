// `firebreak approve`: what waits for signatures, and an owner's signature for one of them. Never blind without saying so.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { connectAll, type Connected } from '../engine/connect.ts'
import { realContext } from '../engine/context.ts'
import type { SafeAuthority } from '../model/brake.ts'
import { typedDataOf } from '../responders/authorities/safe-tx.ts'
import { folderOf, proposalFolder, type Folder, type Waiting } from '../responders/proposals/folder.ts'
import { readProposal, txOf, type Proposal } from '../responders/proposals/proposal.ts'
import { transactionService, type Offered, type Service } from '../responders/proposals/service.ts'
import { listWaiting, rivalsOf } from './approve-list.ts'
import { lookAtProposal, type ProposalLook } from './approve-look.ts'
import { preparedFor } from './approve-prepare.ts'
import { remoteKey } from './approve-remote.ts'
import { broughtIn, fault, keyFrom, type OwnSignature } from './approve-sign.ts'
import { proposalLines } from './approve-words.ts'
import { confirmed } from './by-hand.ts'
import { carryOut, command } from './command.ts'
import type { ExitCode, Io } from './io.ts'
import { defaultPlan, openPlan, type OpenPlan } from './open-plan.ts'

interface ApproveOptions {
  readonly plan: string
  readonly journal?: string
  readonly signer?: string
  readonly password: string
  readonly typedData?: string
  readonly signature?: string
  readonly blindReason?: string
  readonly yes?: boolean
  readonly json?: boolean
}

export function approveCommand(): Command {
  return command({
    name: 'approve',
    arguments: '[proposal]',
    about: 'Sign what waits for a Safe’s owners. Shows what it does, in words and simulated; without a proposal, lists what waits.',
    example: 'firebreak approve 0x1f3c9a22 --signer keystore:keys/alice.json --password ALICE_PASSWORD',
  })
    .option('--plan <file>', 'the plan', defaultPlan)
    .option('--journal <file>', 'the journal beside which proposals lie (default: .firebreak/ beside the plan)')
    .option(
      '--signer <place>',
      'sign with this key: keystore:<file>, remote:<NAME> of the variable with a signer’s URL, or env:<NAME> for local use',
    )
    .option('--password <name>', 'the environment variable with the keystore’s password, or the signer’s token', 'FIREBREAK_PASSWORD')
    .option('--typed-data <file>', 'write what a wallet signs (EIP-712) into this file')
    .option('--signature <hex>', 'bring in a signature that a wallet made')
    .option('--blind-reason <reason>', 'sign although something could not be shown, and say why; kept with the signature')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\n[proposal] is the beginning of its hash, a proposal’s file, or the name of a brake: then the proposal is prepared from plan and chain.',
    )
    .action(async (proposal: string | undefined, options: ApproveOptions) =>
      carryOut(options.json, (io) => (proposal === undefined ? listWaiting(options, io) : approve(proposal, options, io))),
    )
}

const contextOf = (io: Io) => realContext((what) => io.note(`${io.paint('yellow', 'trouble')} ${what}`))

async function connected(opened: OpenPlan, chain: string, io: Io): Promise<Connected & { readonly close: () => Promise<void> }> {
  const { plan, secret } = opened
  const nodes = await connectAll(
    { ...plan, chains: plan.chains.filter((one) => one.name === chain) },
    { secret, secrets: io.secrets, context: contextOf(io) },
  )
  const found = nodes.get(chain)
  if (!found) throw fault('chains', `the plan has no chain ${chain}`, 'is this the right plan?')
  return { ...found, close: () => found.node.close() }
}

interface Subject {
  readonly proposal: Proposal
  readonly authority: SafeAuthority
  readonly over: string | undefined
}

async function approve(which: string, options: ApproveOptions, io: Io): Promise<ExitCode> {
  const opened = await openPlan(options.plan, io)
  const folder = proposalFolder(folderOf(opened.journalPath(options.journal)))
  const given = givenProposal(which, folder)
  const authority = given ? safeIn(opened, given.proposal) : safeOfBrake(opened, which)
  const node = await connected(opened, authority.chain, io)
  try {
    const subject: Subject = {
      authority,
      over: given?.over,
      proposal: given?.proposal ?? (await preparedFor(opened, node, authority, which)),
    }
    const { proposal } = subject
    const service = serviceOf(opened, authority)
    const offered = await offeredBy(service, proposal, io)
    const approvals = [...folder.approvals(proposal.id), ...(offered.find((one) => one.hash === proposal.id)?.approvals ?? [])]
    const look = await lookAtProposal(opened, node, authority, proposal, approvals)
    if ('wrong' in look) throw fault('proposal', look.wrong, 'do not sign it')
    for (const line of proposalLines(proposal, authority, look, io.paint)) io.say(line)
    for (const rival of rivalsOf(proposal, folder, offered))
      io.say(
        `  beware     ${io.paint('yellow', `${rival} wants the same nonce: whichever is carried out first makes the other one stale, to be signed again`)}`,
      )
    return await goOn(subject, look, options, { folder, service, offered }, io)
  } finally {
    await node.close()
  }
}

interface Stores {
  readonly folder: Folder
  readonly service: Service | undefined
  readonly offered: readonly Offered[]
}

async function goOn(subject: Subject, look: ProposalLook, options: ApproveOptions, stores: Stores, io: Io): Promise<ExitCode> {
  const { proposal, over } = subject
  const answer = {
    id: proposal.id,
    brake: proposal.brake,
    does: proposal.does,
    authority: proposal.authority,
    chain: proposal.chain,
    nonce: proposal.transaction.nonce,
    hashes: look.hashes,
    calls: look.calls,
    ...(look.cancels ? { cancels: look.cancels } : {}),
    isTheBrake: look.isTheBrake,
    simulated: look.simulated,
    holds: look.holds,
    findings: look.findings,
    signed: look.has,
    needs: look.state.threshold,
    refused: look.refused,
    blind: look.blind,
  }
  const no = (why: string, mend?: string): ExitCode => {
    io.note(`${io.paint('red', 'not signed')}: ${why}${mend ? `\n      ${io.paint('dim', 'mend:')} ${mend}` : ''}`)
    io.document({ ...answer, ok: false, why })
    return 1
  }
  if (over !== undefined) return no(`it is over: ${over}`)
  if (look.useless !== undefined) return no(look.useless)
  const place = { chainId: proposal.chainId, safe: proposal.safe }
  if (options.typedData !== undefined) {
    writeFileSync(options.typedData, `${JSON.stringify(typedDataOf(txOf(proposal), place), null, 2)}\n`)
    io.say(`  what a wallet signs is in ${options.typedData}; bring its signature in with --signature 0x…`)
    io.document({ ...answer, ok: true, typedData: options.typedData })
    return 0
  }
  if (options.signer === undefined && options.signature === undefined) {
    io.say('  to sign: --signer keystore:<file>, or --typed-data <file> for a wallet, and then --signature 0x…')
    io.document({ ...answer, ok: true })
    return 0
  }
  if (look.blind.length > 0) {
    for (const reason of look.blind) io.note(`${io.paint('red', 'BLIND')} ${reason}`)
    if (!options.blindReason)
      return no('something of it could not be shown', '--blind-reason "…" signs it all the same, and keeps the reason with the signature')
  }
  const own = await signedBy(subject, look, options, io)
  if (own === undefined) return no('nobody said yes')
  if (look.has.includes(own.owner)) return no(`${own.owner} has signed already: an owner counts once`)
  await deliver(subject, own, look, options, stores, io)
  const count = look.has.length + 1
  const rest =
    count >= look.state.threshold ? 'a running instance carries it out at the next block' : `${look.state.threshold - count} more to go`
  io.say(`${io.paint('green', 'signed')} by ${own.owner}: ${count} of ${look.state.threshold}, ${rest}`)
  io.document({ ...answer, ok: true, signer: own.owner, signature: own.signature, signed: [...look.has, own.owner] })
  return 0
}

async function signedBy({ proposal }: Subject, look: ProposalLook, options: ApproveOptions, io: Io): Promise<OwnSignature | undefined> {
  if (options.signature !== undefined) return broughtIn(options.signature, look.hashes.safeTx, look.state.owners)
  const { signer = '', password } = options
  const typedData = typedDataOf(txOf(proposal), { chainId: proposal.chainId, safe: proposal.safe })
  const key = signer.startsWith('remote:')
    ? await remoteKey(
        { urlFrom: signer.slice('remote:'.length), tokenFrom: password, owners: look.state.owners, has: look.has, typedData },
        io,
      )
    : keyFrom(signer, password, io)
  if (!look.state.owners.includes(key.address))
    throw fault('--signer', `${key.address} is no owner of the Safe ${proposal.safe}`, `its owners are ${look.state.owners.join(', ')}`)
  const yes = options.yes ? true : await confirmed(`Sign ${look.hashes.safeTx} as ${key.address}?`)
  if (yes === undefined)
    throw fault('--yes', 'is missing, and there is no terminal to ask on', 'look at what is shown above, then say --yes')
  return yes ? { owner: key.address, signature: await key.sign(look.hashes.safeTx) } : undefined
}

/** Beside the journal, where a running instance finds it, and at the service, where other owners do. */
async function deliver(
  { proposal, authority }: Subject,
  own: OwnSignature,
  look: ProposalLook,
  options: ApproveOptions,
  stores: Stores,
  io: Io,
): Promise<void> {
  const { folder, service, offered } = stores
  const file = folder.sign(
    {
      proposal: proposal.id,
      chainId: proposal.chainId,
      signer: own.owner,
      signature: own.signature,
      at: Date.now(),
      ...(look.blind.length > 0 && options.blindReason ? { blindReason: options.blindReason } : {}),
    },
    own.owner,
  )
  io.note(`the signature is in ${file}`)
  if (!service) return
  if (offered.some((one) => one.hash === proposal.id)) await service.confirm(proposal.id, own.signature)
  else await service.propose(authority.address, txOf(proposal), proposal.id, own.owner, own.signature)
  io.note('the transaction service has it')
}

/** By the beginning of its hash, or as a file; undefined for anything else. */
function givenProposal(which: string, folder: Folder): Pick<Waiting, 'proposal' | 'over'> | undefined {
  if (/^0x[0-9a-fA-F]{4,64}$/.test(which)) {
    const found = folder.list().filter((one) => one.proposal.id.startsWith(which.toLowerCase()))
    const [only] = found
    if (only && found.length === 1) return only
    throw fault(
      'proposal',
      found.length > 1 ? `${found.length} proposals begin with ${which}` : `no proposal begins with ${which}`,
      '`firebreak approve` lists what waits',
    )
  }
  if (!which.endsWith('.json') || !existsSync(which)) return undefined
  const read = readProposal(readFileSync(which, 'utf8'))
  if ('wrong' in read) throw fault(which, read.wrong, 'do not sign it; ask for the proposal again')
  return { proposal: read, over: folder.list().find((one) => one.proposal.id === read.id)?.over }
}

/** A proposal counts only for a Safe that the plan knows by this address, on this chain. */
function safeIn({ plan }: OpenPlan, proposal: Proposal): SafeAuthority {
  const found = plan.authorities.find(
    (one): one is SafeAuthority => one.kind === 'safe' && one.address === proposal.safe && one.chainId === proposal.chainId,
  )
  if (found) return found
  throw fault(
    'proposal',
    `is for the Safe ${proposal.safe} on chain ${proposal.chainId}, which this plan does not have`,
    'is this the right plan? Do not sign it otherwise',
  )
}

function safeOfBrake({ plan }: OpenPlan, which: string): SafeAuthority {
  if (plan.vetoes?.some((one) => one.name === which))
    throw fault(
      'proposal',
      `${which} is a veto: what it cancels is in its proposal`,
      '`firebreak approve` lists what waits; give its hash or its file',
    )
  const brake = plan.brakes.find((one) => one.name === which)
  const found = plan.authorities.find((one): one is SafeAuthority => one.kind === 'safe' && (brake?.by.includes(one.name) ?? false))
  if (found) return found
  throw brake
    ? fault('proposal', `no Safe can pull the brake ${which}`, 'name one in its `by`')
    : fault('proposal', `there is no proposal, file or brake '${which}'`, '`firebreak approve` lists what waits')
}

function serviceOf({ secret }: OpenPlan, { service, serviceKey }: SafeAuthority): Service | undefined {
  return service && transactionService(secret(service), serviceKey && secret(serviceKey))
}

/** Signing beside the journal works without the service; what it would have shown is said to be missing. */
async function offeredBy(service: Service | undefined, proposal: Proposal, io: Io): Promise<readonly Offered[]> {
  try {
    return (await service?.atNonce(proposal.safe, proposal.transaction.nonce)) ?? []
  } catch (error) {
    io.note(
      `${io.paint('yellow', 'warning')} ${error instanceof Error ? error.message : String(error)}: signatures that lie there are not shown`,
    )
    return []
  }
}
