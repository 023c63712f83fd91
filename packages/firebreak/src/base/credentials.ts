// Takes a user name and password out of a URL and into a header: fetch refuses such URLs, with an error that quotes them.

export function withoutCredentials(url: string): { readonly target: string; readonly headers: Readonly<Record<string, string>> } {
  const target = new URL(url)
  if (target.username === '' && target.password === '') return { target: target.href, headers: {} }
  const pair = `${decoded(target.username)}:${decoded(target.password)}`
  target.username = ''
  target.password = ''
  return { target: target.href, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } }
}

export function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
