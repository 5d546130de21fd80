/** The query Worker in a local workerd, over the data of `data.ts`, and a client of it. */
import { Agent, request } from "node:http"
import { Effect } from "effect"
import { convertV4MiniflareOptions, Miniflare } from "miniflare"
import { bundleWorker } from "../../src/apps/local/bundle.ts"
import { watchWorkerd } from "../../src/apps/local/process.ts"
import type { Metadata } from "../../src/apps/query/answers.ts"
import type { Window } from "../../src/domain/time/window.ts"
import { freePort } from "../machine/http.ts"
import { cpuSecondsOf } from "../machine/process.ts"
import { SITE } from "./data.ts"

export interface Asked {
  readonly points: ReadonlyArray<string>
  readonly window: Window
  /** Other parameters, such as `width`. */
  readonly form: Readonly<Record<string, string>>
}

export interface Answer {
  readonly ms: number
  readonly bytes: number
  readonly status: number
  /** The whole text; empty if it was only counted. */
  readonly text: string
}

export interface Runtime {
  readonly url: string
  /** @param keep whether the text is kept, or only counted */
  readonly ask: (asked: Asked, keep?: boolean) => Promise<Answer>
  /** CPU seconds of the process so far: the Worker, its database and its bucket. */
  readonly cpu: () => number
  readonly stop: () => Promise<void>
}

export const pathOf = ({ form, points, window }: Asked): string => {
  const parameters = new URLSearchParams([
    ["site_name", SITE],
    ...points.map((point) => ["point_name", point]),
    ["start_time", new Date(window.start).toISOString()],
    ["end_time", new Date(window.end).toISOString()],
    ...Object.entries(form)
  ])
  return `/timeseries/query?${parameters}`
}

const get = (port: number, agent: Agent, path: string, keep: boolean): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const began = performance.now()
    request({ host: "127.0.0.1", port, path, agent }, (response) => {
      const chunks: Array<Buffer> = []
      let bytes = 0
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length
        if (keep) chunks.push(chunk)
      })
      response.once("error", reject)
      response.once("end", () => {
        const ms = performance.now() - began
        resolve({ ms, bytes, status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() })
      })
    }).once("error", reject).end()
  })

/** @param folder the one of `prepareData` */
export const startRuntime = async (folder: string): Promise<Runtime> => {
  const port = await freePort()
  const { options } = await Effect.runPromise(
    bundleWorker("query", port, { OPEN_READS: "true", ENABLE_QUERY_CACHE: "false", LOCAL_DEVELOPMENT: "true" })
  )
  const [miniflare, pid] = await watchWorkerd(async () => {
    const started = new Miniflare(
      convertV4MiniflareOptions({ workers: [options], resourcePersistencePath: folder, cf: false })
    )
    await started.ready
    return started
  })
  const agent = new Agent({ keepAlive: true })
  await get(port, agent, "/health", false)
  return {
    url: `http://127.0.0.1:${port}`,
    ask: (asked, keep = true) => get(port, agent, pathOf(asked), keep),
    cpu: () => cpuSecondsOf(pid),
    stop: async () => {
      agent.destroy()
      await miniflare.dispose()
    }
  }
}

/** The metadata of an answer in columns. */
export const metadataOf = ({ status, text }: Answer): typeof Metadata.Type => {
  if (status !== 200) throw new Error(`${status}: ${text.slice(0, 300)}`)
  return (JSON.parse(text) as { readonly metadata: typeof Metadata.Type }).metadata
}
