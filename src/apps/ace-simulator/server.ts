/**
 * Serves the simulator on a port of this machine, in Node.
 */
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Simulator } from "./simulator.ts"

export interface SimulatorServer {
  readonly port: number
  readonly close: () => Promise<void>
}

const answer = async (simulator: Simulator, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
  const gone = new AbortController()
  outgoing.on("close", () => gone.abort())
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value)
  }
  const method = incoming.method ?? "GET"
  const chunks: Array<Buffer> = []
  for await (const chunk of incoming) chunks.push(chunk)
  const response = await simulator.fetch(
    new Request(`http://${incoming.headers.host ?? "localhost"}${incoming.url ?? "/"}`, {
      method,
      headers,
      signal: gone.signal,
      body: method === "GET" || method === "HEAD" ? null : Buffer.concat(chunks)
    })
  )
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.end(new Uint8Array(await response.arrayBuffer()))
}

/** Listens on `port` of the loopback interface; 0 takes any free port. */
export const listen = async (simulator: Simulator, port: number): Promise<SimulatorServer> => {
  const server = createServer((incoming, outgoing) => {
    answer(simulator, incoming, outgoing).catch((cause: unknown) => {
      console.error("the simulator failed to answer", cause)
      outgoing.destroy()
    })
  })
  server.listen(port, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    }
  }
}
