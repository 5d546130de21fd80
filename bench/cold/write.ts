/** What writing a full day costs in a workerd that runs only the writing Worker. */
import { createServer } from "node:http"
import { join } from "node:path"
import type { Day } from "../../src/domain/time/calendar.ts"
import { listen } from "../machine/http.ts"
import { BLOCK_POINTS, encodeBlock, type Site } from "./days.ts"
import { startRuntime } from "./runtime.ts"

export interface WriteCost {
  readonly cpuSeconds: number
  /** The maximum of megabytes above the idle runtime. */
  readonly peakMegabytes: number
  readonly bytes: number
}

/** @param task `build`, or `verify` to build and verify */
export const measureWrite = async (site: Site, day: Day, task: "build" | "verify"): Promise<WriteCost> => {
  const server = createServer(async (request, response) => {
    if (request.method === "PUT") {
      request.once("end", () => response.end()).resume()
      return
    }
    for (let from = 0; from < site.names.length; from += BLOCK_POINTS) {
      if (!response.write(encodeBlock(site, day, from))) await new Promise((resolve) => response.once("drain", resolve))
    }
    response.end()
  })
  const address = await listen(server)
  const runtime = await startRuntime(join(import.meta.dirname, "writer.ts"))
  try {
    runtime.resetPeak()
    const idle = runtime.memory().now
    const cpu = runtime.cpu()
    const answer = await fetch(`${runtime.address}${task}?day=${day}&source=${encodeURIComponent(address)}`)
    const { size } = await answer.json() as { readonly size: number }
    return { cpuSeconds: runtime.cpu() - cpu, peakMegabytes: runtime.memory().peak - idle, bytes: size }
  } finally {
    await runtime.stop()
    server.close()
  }
}
