/**
 * Proves that `verify` and the nightly inventory find what is wrong with an archive, by planting each fault in a
 * memory bucket or store; a sound archive has no finding.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as ColdStoreMemory from "../../../src/adapters/memory/ColdStoreMemory.ts"
import * as HotStoreMemory from "../../../src/adapters/memory/HotStoreMemory.ts"
import * as JobStateMemory from "../../../src/adapters/memory/JobStateMemory.ts"
import * as MonthStoreMemory from "../../../src/adapters/memory/MonthStoreMemory.ts"
import { deriveSite } from "../../../src/apps/archival/derive.ts"
import { takeInventory } from "../../../src/apps/archival/inventory.ts"
import { archiveSite } from "../../../src/apps/archival/program.ts"
import { verifySite } from "../../../src/apps/archival/verify.ts"
import { partitionKey } from "../../../src/domain/tiers/partition.ts"
import { DAY_MS, formatDay, HOUR_MS } from "../../../src/domain/time/calendar.ts"
import { ColdStore } from "../../../src/ports/ColdStore.ts"
import { flipBit } from "../../bytes.ts"
import { hotStore } from "../../hot-store.ts"
import { series } from "../../samples.ts"

const TODAY = 20_000
const NIGHT = TODAY * DAY_MS + 2 * HOUR_MS
const FIRST = TODAY - 60
const options = { hotDays: 20, maxDays: 100, timeoutMs: 600_000 }
const key = partitionKey({ site: "plant", day: FIRST })

const append = Effect.fnUntraced(function*(day: number, value: number) {
  const { intake } = yield* hotStore
  yield* intake.append(yield* intake.takeFence("plant"), 1, [series("a", [[day * DAY_MS + value, value]])])
})

const archive = Effect.gen(function*() {
  yield* TestClock.setTime(NIGHT)
  for (const [i, day] of [FIRST, FIRST + 1, FIRST + 2].entries()) yield* append(day, i + 1)
  yield* archiveSite("plant", options)
  yield* deriveSite("plant", options)
})

const verified = verifySite("plant", { start: (FIRST - 1) * DAY_MS, end: (FIRST + 3) * DAY_MS }, options)

const kinds = Effect.map(verified, ({ findings }) => findings.map(({ day, kind }) => `${formatDay(day)} ${kind}`))

const world = (bucket: ColdStoreMemory.Bucket) =>
  Layer.mergeAll(HotStoreMemory.layer, ColdStoreMemory.layerOf(bucket), MonthStoreMemory.layer, JobStateMemory.layer)

describe("an archive with one fault", () => {
  const day = formatDay(FIRST)
  const faults: ReadonlyArray<{
    readonly name: string
    readonly plant: (bucket: ColdStoreMemory.Bucket) => Effect.Effect<void, unknown, Effect.Services<typeof archive>>
    readonly expected: ReadonlyArray<string>
    /** What the nightly inventory says of it; nothing where the object must be read. */
    readonly nightly: string
  }> = [
    { name: "none", plant: () => Effect.void, expected: [], nightly: "" },
    {
      name: "an object is gone",
      plant: (bucket) => Effect.sync(() => bucket.objects.delete(key)),
      expected: [`${day} missing`],
      nightly: `${day} is missing`
    },
    {
      name: "a bit of an object is flipped",
      plant: ({ objects }) =>
        Effect.sync(() => {
          const stored = objects.get(key)
          if (stored !== undefined) objects.set(key, { ...stored, bytes: flipBit(stored.bytes, 8 * 20) })
        }),
      expected: [`${day} damaged`],
      nightly: ""
    },
    {
      name: "an object is that of another day",
      plant: ({ objects }) =>
        Effect.sync(() => {
          const other = objects.get(partitionKey({ site: "plant", day: FIRST + 1 }))
          const stored = objects.get(key)
          if (stored !== undefined && other !== undefined) objects.set(key, { ...stored, bytes: other.bytes })
        }),
      expected: [`${day} damaged`],
      nightly: ""
    },
    {
      name: "an object was put and never recorded",
      plant: () =>
        Effect.gen(function*() {
          const cold = yield* ColdStore
          const newer = { site: "plant", day: FIRST, generation: 9, source: "backfill", writtenBy: "test" } as const
          const built = yield* cold.build(newer, Stream.succeed(series("a", [[FIRST * DAY_MS, 1]])))
          const base = Option.map(yield* cold.head("plant", FIRST), ({ etag }) => etag)
          yield* cold.put(built, Option.getOrNull(base))
          const other = yield* cold.build({ ...newer, day: FIRST - 1 }, Stream.empty)
          yield* cold.put(other, null)
        }),
      expected: [`${formatDay(FIRST - 1)} unrecorded`, `${day} changed`],
      nightly: `${formatDay(FIRST - 1)} is unrecorded`
    },
    {
      name: "a day has changed since its month was made",
      plant: () => Effect.andThen(append(FIRST, 40), archiveSite("plant", options)),
      expected: [`${formatDay(FIRST).slice(0, 7)}-01 stale_month`],
      nightly: ""
    },
    {
      name: "a day has hot samples that should have moved",
      plant: () => append(FIRST, 50),
      expected: [`${day} overdue`],
      nightly: ""
    }
  ]
  for (const { expected, name, nightly, plant } of faults) {
    it.effect(name, () => {
      const bucket = ColdStoreMemory.emptyBucket()
      return Effect.gen(function*() {
        yield* archive
        yield* plant(bucket)
        assert.deepStrictEqual(yield* kinds, expected)
        const [report] = yield* takeInventory(["plant"])
        assert.strictEqual(report?.status, nightly === "" ? "completed" : "warning")
        assert.include(report?.reason, nightly)
      }).pipe(Effect.provide(world(bucket)))
    })
  }
})
