// A hosted node as people rent one: HTTP behind a URL with an API key in its path, and with the answers such services give on a bad day.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

export interface HttpFront {
  readonly url: string
  /** Answers in the node's place, as long as it gives something; `$id` in it is the request's. */
  readonly answer: (fault: ((method: string) => string | undefined) | undefined) => void
  readonly close: () => Promise<void>
}

export async function httpFront(node: string, key: string): Promise<HttpFront> {
  let fault: ((method: string) => string | undefined) | undefined
  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const body = await text(request)
      if (!request.url?.endsWith(key)) return void response.writeHead(401).end()
      const asked: unknown = JSON.parse(body)
      const methods = (Array.isArray(asked) ? asked : [asked]).map((one: { method: string }) => one.method)
      const instead = methods.flatMap((method) => fault?.(method) ?? [])[0]
      const id = JSON.stringify((asked as { readonly id?: unknown }).id ?? null)
      const said =
        instead?.replace('"$id"', id) ??
        (await (await fetch(node, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text())
      response.writeHead(200, { 'content-type': 'application/json' }).end(said)
    }
    serve().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/v3/${key}`,
    answer: (next) => {
      fault = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
