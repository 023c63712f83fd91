// Makes text that an attacker may have written safe to print, log and store: short, and without anything invisible.

/** Control and format characters (direction marks, zero-width ones), line separators and halves of surrogate pairs. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** At most `limit` characters; what is cut off is shown by `…`. */
export function safeText(text: string, limit = 200): string {
  const escaped = text.slice(0, limit + 1).replace(unsafe, (found) => short[found] ?? `\\u{${found.codePointAt(0)?.toString(16)}}`)
  if (escaped.length <= limit) return escaped
  const cut = escaped.slice(0, limit - 1)
  // Never end on half a character.
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}
