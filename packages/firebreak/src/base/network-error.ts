// Why a connection failed, in a code such as ECONNREFUSED: the only part of Node's network errors that cannot hold an address.

export function reasonOf(error: unknown): string {
  let inner: unknown = error
  for (let depth = 0; depth < 5 && typeof inner === 'object' && inner !== null; depth++) {
    if ('code' in inner && typeof inner.code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(inner.code)) return inner.code
    inner = 'cause' in inner ? inner.cause : undefined
  }
  return 'the connection failed'
}
