/**
 * `POST /audit` and `GET /audit`: what they answer, whom they answer, and what they refuse.
 */
import { assert, describe, it } from "vitest"
import type { AuditAnswer } from "../../../src/apps/backfill/audit/api.ts"
import { DAY_MS } from "../../../src/domain/time/calendar.ts"
import { regular } from "../../samples.ts"
import { readListedCodes } from "./openapi.ts"
import { admin, makeWorld, reader, type World } from "./world.ts"

const days = { site_name: "north", start_date: "2026-11-21", end_date: "2026-11-22" }

const post = (world: World, body: unknown, init = admin()) =>
  world.backfill("/audit", {
    ...init,
    method: "POST",
    body: JSON.stringify(body),
    headers: { ...init.headers as Record<string, string>, "content-type": "application/json" }
  })

const codeOf = async (response: Response): Promise<string> =>
  `${response.status} ${(await response.json() as { code: string }).code}`

/** Hourly samples on both days, of which nothing is stored. */
const unsynced = async (): Promise<World> => {
  const world = await makeWorld()
  const start = Date.UTC(2026, 10, 21)
  world.source.add("north", [regular("p", { start, count: 48, step: DAY_MS / 24 })])
  return world
}

describe("an audit", () => {
  it("answers what differs by day and point, with the cure; a backfill cures it", async () => {
    const world = await unsynced()
    const answer = await (await post(world, days)).json() as AuditAnswer
    assert.deepStrictEqual([answer.status, answer.next, answer.more_points], ["warning", null, false])
    assert.strictEqual(answer.audited_to, "2026-11-23T00:00:00.000Z")
    const counts = { source_samples: 24, stored_samples: 0, missing: 24, differing: 0, extra: 0 }
    const missing = { ...counts, cure: "backfill" as const }
    assert.deepStrictEqual(answer.days, [{ date: "2026-11-21", ...missing }, { date: "2026-11-22", ...missing }])
    assert.deepStrictEqual(answer.points.map(({ date, missing, point_name }) => [date, point_name, missing]), [
      ["2026-11-21", "p", 24],
      ["2026-11-22", "p", 24]
    ])
    const { end_date, start_date } = days
    const body = JSON.stringify({ start_date, end_date, force_restart: true })
    const headers = { "content-type": "application/json" }
    const started = await world.backfill("/backfill/start", admin({ method: "POST", body, headers }))
    assert.strictEqual(started.status, 202)
    await world.drainSteps()
    const again = await (await post(world, days)).json() as AuditAnswer
    assert.deepStrictEqual([again.status, again.points], ["completed", []])
    assert.deepStrictEqual(again.days.map(({ cure, stored_samples }) => [cure, stored_samples]), [
      ["none", 24],
      ["none", 24]
    ])
    const { runs } = await (await world.backfill("/audit", reader())).json() as {
      runs: ReadonlyArray<AuditAnswer["run"]>
    }
    assert.strictEqual(runs.length, 2)
    assert.deepStrictEqual(runs.find(({ id }) => id === answer.run.id), answer.run)
  })

  it("goes on from where a step ended", async () => {
    const world = await unsynced()
    const answer = await (await post(world, { ...days, from: "2026-11-22T12:00:00Z" })).json() as AuditAnswer
    assert.strictEqual(answer.audited_from, "2026-11-22T12:00:00.000Z")
    assert.deepStrictEqual(answer.days.map(({ cure, date, missing }) => [date, missing, cure]), [
      ["2026-11-22", 12, "backfill"]
    ])
  })

  it("is for admin keys, of sites that are synced, and of days that are over", async () => {
    const world = await unsynced()
    assert.strictEqual(await codeOf(await post(world, days, {})), "401 unauthorized")
    assert.strictEqual(await codeOf(await post(world, days, reader())), "403 forbidden")
    const refused: ReadonlyArray<readonly [object, string]> = [
      [{ site_name: "east" }, "404 unknown_site"],
      [{ start_date: "2026-11-31" }, "400 invalid_day"],
      [{ end_date: "2026-11-23" }, "400 invalid_range"],
      [{ start_date: "2020-01-01" }, "400 invalid_range"],
      [{ from: "2026-11-20T23:59:59Z" }, "400 invalid_range"],
      [{ from: "2026-11-23" }, "400 invalid_range"],
      [{ from: "noon" }, "400 invalid_instant"],
      [{ points: [] }, "400 unknown_parameter"]
    ]
    const listed = await readListedCodes(world.backfill)
    for (const [change, code] of refused) {
      assert.strictEqual(await codeOf(await post(world, { ...days, ...change })), code)
      const [status, word] = code.split(" ")
      assert.include(listed("POST", "/audit", Number(status)) ?? [], word)
    }
  })
})
