/**
 * The four Workers as deployed, on real D1, R2 and Queues, against the ACE simulator, at any instant a test names.
 */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { assert } from "vitest"
import { DEVELOPMENT_KEY, simulator, type SimulatorOptions } from "../../../src/apps/ace-simulator/simulator.ts"
import { make as makeArchival } from "../../../src/apps/archival/worker.ts"
import { make as makeBackfill } from "../../../src/apps/backfill/worker.ts"
import { make as makeEtl } from "../../../src/apps/etl/worker.ts"
import type { LatestAnswer, PointsAnswer } from "../../../src/apps/query/answers.ts"
import { make as makeQuery } from "../../../src/apps/query/worker.ts"
import { formatInstant } from "../../../src/domain/time/instant.ts"
import type { Window } from "../../../src/domain/time/window.ts"

const ADMIN_KEY = "the-operator-of-the-tests"

export interface QueryBody {
  readonly point_names: ReadonlyArray<string>
  readonly samples: ReadonlyArray<{ readonly point_name: string; readonly timestamp: number; readonly value: number }>
  readonly metadata: {
    readonly source: string
    readonly d1_samples: number
    readonly r2_samples: number
    readonly returned_samples: number
  }
}

export interface RunBody {
  readonly kind: string
  readonly site_name: string
  readonly status: string
  readonly reason: string
  readonly samples: number
}

/** What stands in for the network. Effect remembers the first `fetch` it finds, so that one stays. */
let network: (request: Request) => Promise<Response> = () => Promise.reject(new Error("no network"))
globalThis.fetch = (input, init) => network(new Request(input, init))

/** What the Workers logged: kept, so that a test can look for what must not be there. */
export const logged: Array<string> = []
console.log = (...parts: ReadonlyArray<unknown>) => {
  logged.push(parts.map(String).join(" "))
}

export const makeWorld = async (
  start: number,
  options: SimulatorOptions = {},
  vars: Record<string, string> | Partial<Cloudflare.Env> = {}
) => {
  let now = start
  const building = simulator({ pointsPerSite: 12, intervalMinutes: 5, now: () => now, ...options })
  network = building.fetch
  const site = building.sites[0] as string
  const steps: Array<{ readonly body: unknown; readonly delaySeconds: number }> = []
  // Sends for real, and remembers what was sent, because the tests deliver the messages themselves.
  const queue = {
    send: (body: unknown, sent?: { readonly delaySeconds?: number }) => {
      steps.push({ body, delaySeconds: sent?.delaySeconds ?? 0 })
      return env.STEPS.send(body, { delaySeconds: 43_200 })
    }
  }

  /** The variables and bindings of a Worker whose clock stands (nearly) at `now`. */
  const environment = () => ({
    ...env,
    STEPS: queue as unknown as Queue,
    SITE_NAME: building.sites.join(","),
    ACE_API_BASE: "http://ace.test/api",
    ACE_API_KEY: DEVELOPMENT_KEY,
    BACKFILL_API_KEY: ADMIN_KEY,
    OPEN_READS: "true",
    MAX_RETRIES: "0",
    REQUESTS_PER_MINUTE: "6000",
    LOCAL_DEVELOPMENT: "true",
    CLOCK_OFFSET_MS: String(now - Date.now()),
    ...vars
  })

  const request = (path: string, init: RequestInit = {}) =>
    new Request(`https://worker.test${path}`, {
      ...init,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" }
    })

  const json = async <A>(response: Response, status = 200): Promise<A> => {
    const text = await response.text()
    assert.strictEqual(response.status, status, `${text}\n${logged.slice(-2).join("\n")}`)
    return JSON.parse(text) as A
  }

  const etl = () => makeEtl(environment())
  const archival = () => makeArchival(environment())
  const backfill = () => makeBackfill(environment())
  const query = () => makeQuery(environment())

  const ask = async (window: Window, of = site): Promise<QueryBody> => {
    const parameters = new URLSearchParams({
      site_name: of,
      start_time: formatInstant(window.start),
      end_time: formatInstant(window.end)
    })
    for (const name of building.points(of)) parameters.append("point_name", name)
    return json(await query().fetch(request(`/timeseries/query?${parameters.toString()}`)))
  }

  const world = {
    building,
    site,
    steps,
    now: () => now,
    moveTo: (instant: number) => {
      now = instant
    },
    /** Changes what the simulator's answers say, from now on. */
    alterAnswers: (alter: (text: string) => string) => {
      network = async (request) => {
        const response = await building.fetch(request)
        return new Response(alter(await response.text()), response)
      }
    },
    etl,
    archival,
    backfill,
    query,
    request,
    json,
    /** One tick of the etl Worker's cron. */
    syncCron: () => etl().scheduled(),
    /** One tick of the archival Worker's cron. */
    archiveCron: () => archival().scheduled({ cron: "0 2 * * *" }),
    /** One tick of its second cron, which makes the closed months. */
    deriveCron: () => archival().scheduled({ cron: "30 * * * *" }),
    syncRuns: async () => (await json<{ runs: ReadonlyArray<RunBody> }>(await etl().fetch(request("/stats")))).runs,
    archiveRuns: async () =>
      (await json<{ runs: ReadonlyArray<RunBody> }>(await archival().fetch(request("/archive/status")))).runs,
    backfillStatus: async () => json<Record<string, unknown>>(await backfill().fetch(request("/backfill/status"))),
    startBackfill: async (startDate: string, endDate: string) =>
      json<Record<string, unknown>>(
        await backfill().fetch(
          request("/backfill/start", {
            method: "POST",
            body: JSON.stringify({ start_date: startDate, end_date: endDate })
          })
        ),
        202
      ),
    /** Delivers the oldest step that waits through the queue handler; false where none waits. */
    deliver: async (): Promise<boolean> => {
      const step = steps.shift()
      if (step === undefined) return false
      now += step.delaySeconds * 1_000
      const context = createExecutionContext()
      const batch = createMessageBatch("building-vitals-steps", [
        { id: crypto.randomUUID(), timestamp: new Date(now), attempts: 1, body: step.body }
      ])
      await backfill().queue(batch)
      const { explicitAcks, retryMessages } = await getQueueResult(batch, context)
      assert.strictEqual(explicitAcks.length, 1, `a step was not acknowledged: ${JSON.stringify(retryMessages)}`)
      return true
    },
    ask,
    /** When every point has data and its last value must be what these samples, all there are, say. */
    expectExtents: async (samples: QueryBody["samples"]): Promise<void> => {
      const due = new Map<string, readonly [first: number, last: number, value: number]>()
      for (const { point_name, timestamp, value } of samples) {
        due.set(point_name, [due.get(point_name)?.[0] ?? timestamp, timestamp, value])
      }
      const found = await json<typeof PointsAnswer.Type>(await query().fetch(request(`/points?site_name=${site}`)))
      const names = found.points.map(({ point_name }) => point_name)
      const body = JSON.stringify({ site_name: site, point_names: names })
      const response = await query().fetch(request("/points/latest", { method: "POST", body }))
      const latest = await json<typeof LatestAnswer.Type>(response)
      for (const [i, { first_timestamp, last_timestamp, point_name }] of found.points.entries()) {
        const [first, last, value] = due.get(point_name) ?? [null, null, null]
        assert.deepStrictEqual([point_name, first_timestamp, last_timestamp], [point_name, first, last])
        assert.deepStrictEqual(latest.points[i], { point_name, timestamp: last, value })
      }
    },
    /** Every sample of the window must be the simulator's truth at `at`, bit for bit, and nothing else. */
    expectTruth: async (window: Window, at = now, of = site): Promise<QueryBody> => {
      const body = await ask(window, of)
      const byPoint = new Map<string, Array<{ readonly timestamp: number; readonly value: number }>>()
      for (const sample of body.samples) {
        const list = byPoint.get(sample.point_name)
        if (list === undefined) byPoint.set(sample.point_name, [sample])
        else list.push(sample)
      }
      let total = 0
      for (const point of building.points(of)) {
        const truth = building.truth(of, point, window, at)
        const got = byPoint.get(point) ?? []
        const wrong = got.findIndex(({ timestamp, value }, i) =>
          timestamp !== truth.timestamps[i] || !Object.is(value, truth.values[i])
        )
        assert.strictEqual(
          wrong,
          -1,
          `${point} differs at ${wrong}: ${JSON.stringify(got[wrong])}, ` +
            `expected ${truth.timestamps[wrong]} ${truth.values[wrong]}`
        )
        assert.strictEqual(got.length, truth.timestamps.length, `${point} has not as many samples as the truth`)
        total += got.length
      }
      assert.isAbove(total, 0, "a window without samples proves nothing")
      assert.strictEqual(body.samples.length, total)
      const { d1_samples, r2_samples, returned_samples } = body.metadata
      assert.strictEqual(d1_samples + r2_samples, total)
      assert.strictEqual(returned_samples, total)
      return body
    }
  }
  return world
}
