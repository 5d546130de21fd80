/**
 * The programs under test, behind one face: a planted fault replaces some of them.
 */
import type { Effect } from "effect"
import { deriveSite } from "../../src/apps/archival/derive.ts"
import { archiveSite } from "../../src/apps/archival/program.ts"
import { syncSite } from "../../src/apps/etl/program.ts"
import * as Backfill from "../../src/apps/backfill/program.ts"
import * as Steps from "../../src/apps/backfill/steps.ts"
import { type AskedQuery, type QueryAnswer, queryAll } from "../apps/query/collect.ts"
import type { ColdStore } from "../../src/ports/ColdStore.ts"
import type { MonthStore } from "../../src/ports/MonthStore.ts"
import type { HotStore } from "../../src/ports/HotStore.ts"
import { DAY_MS, MINUTE_MS } from "../../src/domain/time/calendar.ts"
import type { Step } from "../../src/ports/StepQueue.ts"
import type { Adapters, Ports } from "./ports.ts"
import type { Weather } from "./weather.ts"

export interface Programs {
  readonly sync: (site: string, overlapMs: number) => Effect.Effect<unknown, unknown, Ports>
  readonly archive: (site: string, hotDays: number, maxDays: number) => Effect.Effect<unknown, unknown, Ports>
  readonly derive: (site: string, hotDays: number) => Effect.Effect<unknown, unknown, Ports>
  readonly startBackfill: (
    sites: ReadonlyArray<string>,
    request: Backfill.StartRequest
  ) => Effect.Effect<unknown, unknown, Ports>
  readonly resumeBackfill: () => Effect.Effect<unknown, unknown, Ports>
  readonly cancelBackfill: () => Effect.Effect<unknown, unknown, Ports>
  readonly sweep: () => Effect.Effect<unknown, unknown, Ports>
  readonly handleStep: (step: Step) => Effect.Effect<unknown, unknown, Ports>
  readonly query: (
    request: AskedQuery,
    hotDays: number
  ) => Effect.Effect<QueryAnswer, unknown, HotStore | ColdStore | MonthStore>
}

const TIMEOUT_MS = 4 * MINUTE_MS

export const realPrograms: Programs = {
  startBackfill: (sites, request) => Backfill.start(request, { sites, maxDays: 366 }),
  resumeBackfill: () => Backfill.resume(),
  cancelBackfill: () => Backfill.cancel(),
  sweep: () => Steps.sweep(),
  handleStep: (step) => Steps.handleStep(step, { targetMs: TIMEOUT_MS }),
  sync: (site, overlapMs) =>
    syncSite(site, { overlapMs, lateMs: 7 * DAY_MS, timeoutMs: TIMEOUT_MS, cutOffMs: Infinity }),
  archive: (site, hotDays, maxDays) => archiveSite(site, { hotDays, maxDays, timeoutMs: TIMEOUT_MS }),
  derive: (site, hotDays) => deriveSite(site, { hotDays, timeoutMs: TIMEOUT_MS }),
  query: queryAll
}

/** A fault put into the programs or under them, to prove that the histories would find it. */
export interface Plant {
  readonly name: string
  readonly programs?: Partial<Programs>
  readonly adapters?: (adapters: Adapters) => Adapters
  /** What the history is about, where the weather that a seed draws seldom shows the fault. */
  readonly weather?: Partial<Weather>
}
