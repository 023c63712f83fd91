// Reads the regular files of an uncompressed tar archive; enough for npm's packages, which are plain ustar with pax headers.

const block = 512

/** Contents by path. Links, folders and devices are left out: nothing here is ever written to a disk. */
export function filesInTar(archive: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  let longName: string | undefined
  for (let at = 0; at + block <= archive.length;) {
    const header = archive.subarray(at, at + block)
    if (header.every((byte) => byte === 0)) break
    const size = sizeIn(header)
    const kind = String.fromCharCode(header[156] ?? 0)
    const body = archive.subarray(at + block, at + block + size)
    if (!Number.isSafeInteger(size) || body.length !== size) throw new RangeError('the archive ends inside a file')
    if (kind === 'x') longName = paxPath(body) ?? longName
    else {
      if (kind === '0' || kind === '\0') files.set(longName ?? nameIn(header), body)
      longName = undefined
    }
    at += block + Math.ceil(size / block) * block
  }
  return files
}

const textIn = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
}

const sizeIn = (header: Uint8Array): number => Number.parseInt(textIn(header.subarray(124, 136)).trim() || '0', 8)

const nameIn = (header: Uint8Array): string => {
  const prefix = textIn(header.subarray(345, 500))
  const name = textIn(header.subarray(0, 100))
  return prefix ? `${prefix}/${name}` : name
}

/** A pax record is `<length> <key>=<value>\n`; only the path matters here. */
function paxPath(body: Uint8Array): string | undefined {
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(32, at)
    const length = Number(textIn(body.subarray(at, space)))
    if (space < 0 || !Number.isSafeInteger(length) || length <= 0) return undefined
    const record = new TextDecoder().decode(body.subarray(space + 1, at + length - 1))
    if (record.startsWith('path=')) return record.slice(5)
    at += length
  }
  return undefined
}
