// Makes a node's words safe to keep: no endpoint in them, no control characters, not too long.
import { decoded } from '../../base/credentials.ts'

export type Clean = (text: string) => string

const keep = 500

/** For texts from one endpoint. Gateways echo keys and addresses in their error texts; these come out as `[endpoint]`. */
export function cleaner(endpoint: string): Clean {
  const secrets = secretsOf(endpoint)
  return (text) => {
    let clear = text
    for (const secret of secrets) clear = clear.replaceAll(secret, '[endpoint]')
    return escapeControls(clear.length > keep ? `${clear.slice(0, keep)}…` : clear)
  }
}

/** Control, formatting and unpaired characters become visible: they can rewrite a terminal or a log line. */
function escapeControls(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** The endpoint as a whole, and each part that may be a key; the longest first, so that no part hides a whole. */
function secretsOf(endpoint: string): readonly string[] {
  const found = new Set([endpoint])
  if (URL.canParse(endpoint)) {
    const url = new URL(endpoint)
    const parts = [...url.pathname.split('/'), ...url.searchParams.values(), url.username, url.password]
    const bare = `${url.host}${url.pathname}${url.search}`
    for (const text of [url.href, bare, url.host, url.hostname]) found.add(text)
    // Short parts are words like `v2`, not keys.
    for (const part of parts) if (part.length >= 6) found.add(part).add(decoded(part))
  }
  return [...found].filter((text) => text.length > 1).toSorted((a, b) => b.length - a.length)
}
