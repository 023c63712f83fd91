import { describe, expect, it } from 'vitest'
import { encoders, faultsOf } from '../../../test/plan-types/settle.ts'
import { samplePlan } from '../../../test/plan-types/sample.ts'
import { env, file, webhook } from '../../index.ts'
import { resolvePlan } from '../resolve.ts'

const hook = (more: object = {}) => webhook({ url: env('HOOK'), secret: file('hook-secret'), ...more })
const withVoice = (voice: unknown): object => ({ ...samplePlan, voice })

describe('a voice', () => {
  it('is settled with its defaults, and its escalation in order', () => {
    const { plan } = resolvePlan(
      {
        ...samplePlan,
        voice: {
          tell: {
            onCall: hook({
              escalate: [
                { after: '15m', to: 'everybody' },
                { after: '5m', to: 'lead' },
              ],
            }),
            lead: hook({ from: 'proposal' }),
            everybody: hook({ from: 'finding' }),
          },
          heartbeat: { url: env('BEAT') },
          checkpoints: webhook({ url: env('HOOK'), secret: env('SECRET') }),
        },
      },
      encoders,
    )
    expect(plan.voice?.receivers.find((one) => one.name === 'onCall')).toEqual({
      name: 'onCall',
      url: { kind: 'env', name: 'HOOK' },
      secret: { kind: 'file', path: 'hook-secret' },
      from: 'incident',
      escalate: [
        { afterMs: 300_000, to: 'lead' },
        { afterMs: 900_000, to: 'everybody' },
      ],
    })
    expect(plan.voice?.heartbeat).toMatchObject({ method: 'POST', everyMs: 30_000, silentMs: 120_000, secret: undefined })
    expect(plan.canonical).toContain('onCall')
  })

  it('that is not there changes nothing of the plan', () => {
    const { plan } = resolvePlan(samplePlan, encoders)
    expect(plan).not.toHaveProperty('voice')
    expect(plan.canonical).not.toContain('voice')
  })

  it('that is wrong gets every fault at its place, and quotes no address', () => {
    const faults = faultsOf(
      withVoice({
        tell: {
          onCall: { kind: 'webhook', url: 'https://hooks.example/very-secret', secret: env('SECRET'), from: 'all' },
          lead: hook({ escalate: [{ after: 'soon', to: 'lead' }, { after: '5m', to: 'onCal' }, 7] }),
          other: { url: env('HOOK') },
        },
        heartbeat: { url: env('BEAT'), every: '30', method: 'PUT', often: true },
        checkpoints: hook({ from: 'finding' }),
        pager: 1,
      }),
    )
    expect(faults.map((one) => one.path).toSorted()).toEqual([
      'voice.checkpoints.from',
      'voice.heartbeat.every',
      'voice.heartbeat.method',
      'voice.heartbeat.often',
      'voice.pager',
      'voice.tell.lead.escalate[0].after',
      'voice.tell.lead.escalate[0].to',
      'voice.tell.lead.escalate[1].to',
      'voice.tell.lead.escalate[2]',
      'voice.tell.onCall.from',
      'voice.tell.onCall.url',
      'voice.tell.other',
    ])
    expect(faults.find((one) => one.path === 'voice.tell.lead.escalate[1].to')?.mend).toContain("'onCall'")
    expect(JSON.stringify(faults)).not.toContain('very-secret')
  })
})
