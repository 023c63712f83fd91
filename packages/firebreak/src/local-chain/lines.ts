// Newline-framed JSON over a socket, the way anvil and our client speak it.
import type { Socket } from 'node:net'

/** Calls back for each line, in order, without the newline. */
export function onLine(socket: Socket, callback: (line: string) => void): void {
  let held: Buffer[] = []
  socket.on('data', (chunk: Buffer) => {
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([...held, chunk.subarray(start, end)]).toString('utf8')
      held = []
      start = end + 1
      if (line.trim() !== '') callback(line)
    }
    if (start < chunk.length) held.push(chunk.subarray(start))
  })
}

export function sendLine(socket: Socket, text: string): void {
  if (socket.writable) socket.write(`${text}\n`)
}
