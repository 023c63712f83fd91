// What a person sees of every refusal: exit code 2, each fault with its place and mend, no stack trace and nothing secret.
import { expect } from 'vitest'
import type { Ended } from '../support/cli.ts'

/** Gives the places of the faults, in the order in which they were said. */
export function refused({ code, out, err }: Ended, secrets: readonly string[] = []): readonly string[] {
  const said = out + err
  expect({ code, said }).toMatchObject({ code: 2 })
  const places = [...err.matchAll(/^error (\S+( entry \d+)?): /gm)].map((match) => match[1] ?? '')
  expect(places.length, err).toBeGreaterThan(0)
  expect(err.match(/^ {6}mend: \S/gm), err).toHaveLength(places.length)
  expect(said).not.toMatch(/^ {4}at |node:internal|\.ts:\d+:\d+/m)
  for (const secret of secrets) expect(said.toLowerCase()).not.toContain(secret.toLowerCase())
  return places
}
