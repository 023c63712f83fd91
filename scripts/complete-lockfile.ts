// Adds to package-lock.json what `npm install` left out for other systems: `npm run lockfile`, after adding or updating a package.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { missingEntries } from './lockfile.ts'

const path = join(import.meta.dirname, '..', 'package-lock.json')
const lockfile = JSON.parse(readFileSync(path, 'utf8'))
const missing = missingEntries(lockfile)

// npm sorts by path, in the English way.
const entries = Object.entries({ ...lockfile.packages, ...missing }).toSorted(([a], [b]) => a.localeCompare(b, 'en'))
writeFileSync(path, `${JSON.stringify({ ...lockfile, packages: Object.fromEntries(entries) }, null, 2)}\n`)
console.log(`${Object.keys(missing).length} added to package-lock.json`)
