// What a proxy between Firebreak and a node may do to what passes: small rules that are put together.

export interface ProxiedCall {
  /** Counted over all connections, from 1; each item of a batch counts. */
  readonly n: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** `raw` is sent as it is, in place of the whole answer; `silence` is no answer at all. */
export type Reply =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }
  | { readonly raw: string }
  | { readonly silence: true }

/** Asks the node itself, past all rules. Rejects with `NodeRefused`. */
export type AskNode = (method: string, params: readonly unknown[]) => Promise<unknown>

export class NodeRefused extends Error {
  override readonly name: string = 'NodeRefused'
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown }

  constructor(error: unknown) {
    const known = isRecord(error) ? error : {}
    super(String(known['message']))
    this.error = { ...known, code: Number(known['code'] ?? -32_603), message: this.message }
  }
}

export interface Rule {
  /** Called for every call in order of arrival, before the node or any rule answers it. */
  readonly sees?: (call: ProxiedCall) => void
  /** Answers in the node's place, or gives undefined to let the call through; the first rule that answers wins. */
  readonly before?: (call: ProxiedCall, ask: AskNode) => Reply | undefined | Promise<Reply | undefined>
  /** Changes the node's answer. */
  readonly after?: (call: ProxiedCall, reply: Reply, ask: AskNode) => Reply | Promise<Reply>
  /** False: this notification is not passed on. */
  readonly passes?: (result: unknown) => boolean
}

/** The place to kill something at the n-th request. */
export function onRequest(callback: (n: number, method: string, params: readonly unknown[]) => void): Rule {
  return { sees: ({ n, method, params }) => callback(n, method, params) }
}

/** Answers in the node's place, as often as `times` says. */
export function answerWith(matches: (call: ProxiedCall) => boolean, reply: Reply | ((call: ProxiedCall) => Reply), times = Infinity): Rule {
  let left = times
  return {
    before: (call) => {
      if (left <= 0 || !matches(call)) return undefined
      left--
      return typeof reply === 'function' ? reply(call) : reply
    },
  }
}

/** Answers later; notifications are not held up. */
export function delay(ms: number, matches: (call: ProxiedCall) => boolean = () => true): Rule {
  return { after: (call, reply) => (matches(call) ? new Promise((resolve) => setTimeout(() => resolve(reply), ms).unref()) : reply) }
}

/** A dead subscription that stays silent: the connection lives, and nothing comes. */
export function silentSubscriptions(when: () => boolean = () => true): Rule {
  return { passes: () => !when() }
}

/** Nobody but the node knows these transactions until they are mined: that is what a private transaction looks like from outside. */
export function hiding(hashes: ReadonlySet<string>): Rule {
  const isHidden = (hash: unknown): boolean => typeof hash === 'string' && hashes.has(hash.toLowerCase())
  const shows = (entry: unknown): boolean => !isHidden(isRecord(entry) ? entry['hash'] : entry)
  const shown = (entries: unknown): unknown => (Array.isArray(entries) ? entries.filter(shows) : entries)

  return {
    passes: shows,
    after: ({ method, params }, reply) => {
      if (hashes.size === 0 || !('result' in reply)) return reply
      const { result } = reply
      switch (method) {
        case 'eth_getTransactionByHash':
        case 'eth_getTransactionBySenderAndNonce':
          return isRecord(result) && isWaiting(result) && !shows(result) ? { result: null } : reply
        case 'eth_getRawTransactionByHash':
          return isHidden(params[0]) ? { result: null } : reply
        case 'eth_pendingTransactions':
        case 'eth_getFilterChanges':
          return { result: shown(result) }
        case 'eth_getBlockByNumber':
          return params[0] === 'pending' && isRecord(result)
            ? { result: { ...result, transactions: shown(result['transactions']) } }
            : reply
        case 'txpool_content':
        case 'txpool_contentFrom':
          return { result: withoutHidden(result, shows) }
        default:
          return reply
      }
    },
  }
}

function isWaiting(transaction: Readonly<Record<string, unknown>>): boolean {
  return transaction['blockHash'] === null || transaction['blockHash'] === undefined
}

/** Takes transactions out of nested maps, and the maps that become empty by it. */
function withoutHidden(content: unknown, shows: (entry: unknown) => boolean): unknown {
  if (!isRecord(content)) return content
  const kept = Object.entries(content).flatMap(([key, value]) => {
    if (isRecord(value) && typeof value['hash'] === 'string') return shows(value) ? [[key, value] as const] : []
    const inner = withoutHidden(value, shows)
    const emptied = isRecord(value) && isRecord(inner) && Object.keys(value).length > 0 && Object.keys(inner).length === 0
    return emptied && key.startsWith('0x') ? [] : [[key, inner] as const]
  })
  return Object.fromEntries(kept)
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
