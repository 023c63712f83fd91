// One line about who is asked, and about who acts instead.
import type { AuthorityNews } from '../engine/inputs.ts'

/** @example authorityLine(news, 'pauseVault') // proposal 0x1234abcd… to pull pauseVault waits: 1 of 2 have signed … */
export function authorityLine(news: AuthorityNews, brake: string): string {
  if (news.kind === 'route') return `${brake} by ${news.authority}: ${news.why}`
  const { id, authority, state, why, ask } = news
  const name = `proposal ${id.slice(0, 10)} to ${authority} about ${brake}`
  switch (state) {
    case 'open':
    case 'signed':
      return ask
        ? `${name}: ${ask.has.length} of ${ask.needs} have signed${ask.has.length < ask.needs ? `; sign with \`firebreak approve ${id.slice(0, 10)}\`` : ''}`
        : name
    case 'stale':
      return `${name} is stale: ${why ?? 'its turn is over'}`
    case 'over':
      return `${name} is over: ${why ?? 'nobody needs it any more'}`
    default:
      return state satisfies never
  }
}
