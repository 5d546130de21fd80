/** The simulator behind HTTP, and how long it took to make its pages: time that no Worker can do anything about. */
import { createServer } from "node:http"
import { DEVELOPMENT_KEY, simulator } from "../../src/apps/ace-simulator/simulator.ts"
import { listen } from "../machine/http.ts"

export const startSource = async (points: number) => {
  let now = 0
  let busyMs = 0
  let pages = 0
  const building = simulator({ pointsPerSite: points, intervalMinutes: 1, missing: 0, outages: 0, now: () => now })
  const server = createServer((incoming, outgoing) => {
    const answer = async () => {
      const began = performance.now()
      const response = await building.fetch(
        new Request(`http://localhost${incoming.url}`, { headers: { authorization: `Bearer ${DEVELOPMENT_KEY}` } })
      )
      const body = new Uint8Array(await response.arrayBuffer())
      busyMs += performance.now() - began
      if (incoming.url?.includes("paginated") === true) pages++
      outgoing.writeHead(response.status, { "content-type": "application/json" }).end(body)
    }
    answer().catch((error: unknown) => outgoing.writeHead(500).end(String(error)))
  })
  return {
    address: `${await listen(server)}api`,
    site: building.sites[0] as string,
    key: DEVELOPMENT_KEY,
    setNow: (at: number) => {
      now = at
    },
    counts: () => ({ busyMs, pages }),
    close: () => server.close()
  }
}
