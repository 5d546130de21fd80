/** Servers of a benchmark on this machine, and requests to them. */
import { createServer, get, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"

/** Listens on a free port of the loopback interface, and answers the URL. */
export const listen = async (server: Server): Promise<string> => {
  // A connection that is closed while a Worker sends its next request would fail that.
  server.keepAliveTimeout = 600_000
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** A port that was free just now. */
export const freePort = async (): Promise<number> => {
  const server = createServer()
  const port = Number(new URL(await listen(server)).port)
  await new Promise((resolve) => server.close(resolve))
  return port
}

export const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** The body of an answer that may take longer than the five minutes for which `fetch` waits. */
export const getSlowly = async (url: string): Promise<string> => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => get(url, resolve).once("error", reject))
  return (await readBody(response)).toString()
}
