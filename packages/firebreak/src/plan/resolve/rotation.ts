// A key and the one that is to take its place: wherever the plan names the first, the second may act as well.
import type { Authority } from '../../model/brake.ts'

/** @example nextName('sentinel') // 'sentinel.next' */
export const nextName = (name: string): string => `${name}.next`

/** The new key comes right after the old one: it acts when the old one cannot. */
export function withNext<brake extends { readonly by: readonly string[] }>(
  brakes: readonly brake[],
  authorities: readonly Authority[],
): readonly brake[] {
  const names = new Set(authorities.map((one) => one.name))
  const both = (name: string): readonly string[] => (names.has(nextName(name)) ? [name, nextName(name)] : [name])
  return brakes.map((brake) => ({ ...brake, by: [...new Set(brake.by.flatMap(both))] }))
}
