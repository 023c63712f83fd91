// Keeps known secrets (private keys, endpoint URLs, passwords) out of everything that is written: logs, errors, the journal.
import { UserError } from '../model/errors.ts'

/** A text was about to be written that holds a known secret. It never says which, nor the text. */
export class SecretInText extends UserError {
  override readonly name: string = 'SecretInText'

  constructor(where: string) {
    super({
      path: where,
      wrong: 'holds a known secret (a key, a password or an endpoint URL) and was not written',
      mend: 'refer to the secret by the name of its environment variable, file or keystore instead of copying it',
    })
  }
}

/** Shorter texts are too ordinary to be searched for: every line would hold one. */
const shortest = 8

export interface Secrets {
  /** Learns a secret in the spellings that it may turn up in. */
  readonly add: (secret: string) => void
  readonly found: (text: string) => boolean
  /** The text with every secret replaced. */
  readonly redact: (text: string) => string
  /** Throws SecretInText, naming only `where`. */
  readonly assertNone: (text: string, where: string) => void
}

/** @example const secrets = knownSecrets([key]); logger(secrets.redact(line)); openJournal(path, { refuse: secrets.found }) */
export function knownSecrets(texts: Iterable<string> = []): Secrets {
  const spellings = new Set<string>()
  // Longest first, so that a secret inside another one does not leave the rest of it behind.
  let pattern: RegExp | undefined
  const add = (secret: string): void => {
    for (const spelling of spellingsOf(secret)) if (spelling.length >= shortest) spellings.add(spelling)
    const sources = [...spellings].sort((a, b) => b.length - a.length).map((text) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
    pattern = sources.length === 0 ? undefined : new RegExp(sources.join('|'), 'gi')
  }
  for (const text of texts) add(text)
  const found = (text: string): boolean => pattern !== undefined && text.search(pattern) !== -1
  return {
    add,
    found,
    redact: (text) => (pattern === undefined ? text : text.replace(pattern, '[secret]')),
    assertNone: (text, where) => {
      if (found(text)) throw new SecretInText(where)
    },
  }
}

/** A key with and without 0x; a URL also without its scheme, and its password and long parts alone; all as JSON and URLs spell them. */
function spellingsOf(secret: string): readonly string[] {
  const plain = secret.trim()
  const forms = [plain]
  if (/^0x[0-9a-f]+$/i.test(plain)) forms.push(plain.slice(2))
  const url = URL.canParse(plain) ? new URL(plain) : undefined
  if (url && url.host !== '') {
    forms.push(url.href, url.href.replace(/\/$/, ''), plain.replace(/^\w+:\/\//, ''))
    // What is worth stealing in an endpoint: errors often quote the path alone. Short parts ('/mainnet') are ordinary words.
    forms.push(url.password, decodeURIComponentOr(url.password))
    for (const part of [...url.pathname.split('/'), ...url.searchParams.values()]) if (part.length >= 16) forms.push(part)
  }
  return forms.flatMap((form) => [form, JSON.stringify(form).slice(1, -1), encodeURIComponent(form)])
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
