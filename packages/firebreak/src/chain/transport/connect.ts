// Chooses the transport for an endpoint by its scheme.
import { UserError } from '../../model/errors.ts'
import { http } from './http.ts'
import { ipc } from './ipc.ts'
import type { Rpc } from './rpc.ts'
import { websocket } from './websocket.ts'

/** The faults that this throws never hold the URL: it may carry an API key. */
export function connect(url: string, label: string): Rpc {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase()
  switch (scheme) {
    case undefined:
      return ipc(pathOf(url, label), label)
    case 'ipc':
      return ipc(pathOf(url.slice(4).replace(/^\/\/(?=\/)/, ''), label), label)
    case 'http':
    case 'https':
      return http(checked(url, label), label)
    case 'ws':
    case 'wss':
      return websocket(checked(url, label), label)
    default:
      throw unusable(label, 'its scheme is none that Firebreak speaks')
  }
}

function pathOf(path: string, label: string): string {
  if (path.trim() === '') throw unusable(label, 'it is empty')
  if (/^[\w.-]+:\d+($|\/)/.test(path)) throw unusable(label, 'it has a host and a port, but no scheme')
  return path
}

function checked(url: string, label: string): string {
  if (!URL.canParse(url)) throw unusable(label, 'it is not a valid URL')
  return url
}

function unusable(label: string, why: string): UserError {
  return new UserError({
    path: label,
    wrong: `the endpoint cannot be used: ${why}`,
    mend: 'give an http(s):// or ws(s):// URL, or the path of the IPC socket of a node on this machine',
  })
}
