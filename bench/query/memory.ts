/** What a long stream costs in a workerd that runs only the query Worker; its stores are outside, behind HTTP. */
import { join } from "node:path"
import { startRuntime } from "../cold/runtime.ts"
import { startStores } from "../machine/stores.ts"
import type { Random } from "../mixes/random.ts"
import { lastOf, pickPoints, RANGES } from "./measure.ts"
import { pathOf } from "./runtime.ts"

export interface StreamCost {
  /** The maximum of megabytes above the idle runtime. */
  readonly peakMegabytes: number
  readonly megabytes: number
  readonly rows: number
  readonly ms: number
}

/** A year of raw samples of 5 points as CSV. */
export const measureStream = async (folder: string, random: Random): Promise<StreamCost> => {
  const stores = await startStores(folder)
  const runtime = await startRuntime(join(import.meta.dirname, "alone.ts"))
  try {
    const path = pathOf({ points: pickPoints(random, 5), window: lastOf(RANGES["1y"]), form: { format: "csv" } })
    runtime.resetPeak()
    const idle = runtime.memory().now
    const began = performance.now()
    const answer = await fetch(new URL(path, runtime.address), { headers: { "x-outside": stores.address } })
    if (answer.status !== 200 || answer.body === null) throw new Error(`${answer.status}: ${await answer.text()}`)
    let bytes = 0
    let lines = 0
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      for (let i = chunk.indexOf(10); i >= 0; i = chunk.indexOf(10, i + 1)) lines++
    }
    return {
      peakMegabytes: runtime.memory().peak - idle,
      megabytes: bytes / 1e6,
      rows: lines - 1,
      ms: performance.now() - began
    }
  } finally {
    await runtime.stop()
    await stores.close()
  }
}
