/**
 * Small integers for sites and points. Ids never change, so that cached ones stay valid.
 *
 * Ids come in blocks of 64 that belong to one site, and new points get theirs in the order of their names: the points
 * of a device then share a block, its timelines and its rows.
 */
import { Effect } from "effect"
import { comparePoints } from "../../domain/samples/names.ts"
import { HotStoreError } from "../../ports/HotStoreError.ts"
import type { SourcePoint } from "../../ports/SampleSource.ts"
import { batch, type Database, jsonParameters, retryPlatform, rowsOf } from "../cloudflare/database.ts"
import { read, storeError } from "./database.ts"
import { BLOCK, MAX_BLOCKS } from "./keys.ts"

/** How often an allocation is tried again after another writer was first. */
const ALLOCATION_TRIES = 10

export interface Ids {
  readonly byName: ReadonlyMap<string, number>
  readonly byId: ReadonlyMap<number, string>
}

interface Allocation {
  readonly blocks: ReadonlyArray<number>
  readonly ids: ReadonlyMap<string, number>
}

/** Plans and tries again where another writer was first. */
export const retryAllocation = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.retry(effect, { times: ALLOCATION_TRIES, while: (error: E) => error._tag === "IdTaken" })

const rowOf = (id: number, point: SourcePoint): string =>
  JSON.stringify([
    id,
    point.name,
    point.unit,
    point.device,
    point.description,
    point.intervalSeconds,
    JSON.stringify(point.tags),
    point.collected ? 1 : 0
  ])

/** Gives ids to new names: first the free slots of the site's last block, then new blocks after the newest of all. */
export const allocate = (names: ReadonlyArray<string>, lastId: number | null, lastBlock: number): Allocation => {
  const ids = new Map<string, number>()
  const blocks: Array<number> = []
  let next = lastId === null ? 0 : lastId + 1
  for (const name of [...names].sort(comparePoints)) {
    if (next % BLOCK === 0) {
      const block = lastBlock + blocks.length + 1
      blocks.push(block)
      next = block * BLOCK
    }
    ids.set(name, next++)
  }
  return { blocks, ids }
}

// Writes no row where nothing changed.
const REFRESH = `ON CONFLICT (site_id, name) DO UPDATE SET unit = excluded.unit, device = excluded.device,
  description = excluded.description, interval_seconds = excluded.interval_seconds, tags = excluded.tags,
  collected = excluded.collected
  WHERE (unit, device, description, interval_seconds, tags, collected) IS NOT (excluded.unit, excluded.device,
    excluded.description, excluded.interval_seconds, excluded.tags, excluded.collected)`

const undescribed = (name: string): SourcePoint => ({
  name,
  unit: null,
  device: null,
  description: null,
  intervalSeconds: null,
  tags: [],
  collected: false
})

const siteIds = (db: Database) => {
  const sites = new Map<string, number>()

  /** The id of a site; `undefined` where nobody has written to it. */
  const site = Effect.fnUntraced(function*(operation: string, name: string) {
    const known = sites.get(name)
    if (known !== undefined) return known
    const results = yield* read(db, operation, `site ${name}`, [
      db.prepare("SELECT id FROM site WHERE name = ?1").bind(name)
    ])
    const id = rowsOf<{ id: number }>(results, 0)[0]?.id
    if (id !== undefined) sites.set(name, id)
    return id
  })

  /** The id of a site that exists from now on. */
  const ensureSite = Effect.fnUntraced(function*(operation: string, name: string) {
    const known = yield* site(operation, name)
    if (known !== undefined) return known
    const results = yield* read(db, operation, `site ${name}`, [
      db.prepare("INSERT INTO site (name) VALUES (?1) ON CONFLICT DO NOTHING").bind(name),
      db.prepare("SELECT id FROM site WHERE name = ?1").bind(name)
    ])
    const id = rowsOf<{ id: number }>(results, 1)[0]?.id
    if (id === undefined) {
      return yield* new HotStoreError({ operation, subject: `site ${name}`, cause: new Error("it was not created") })
    }
    sites.set(name, id)
    return id
  })

  /** One statement about a site, whose id is `?1`; no rows where nobody has written to the site. */
  const ask = <T>(operation: string, name: string, sql: string, ...values: ReadonlyArray<unknown>) =>
    Effect.gen(function*() {
      const siteId = yield* site(operation, name)
      if (siteId === undefined) return []
      const results = yield* read(db, operation, `site ${name}`, [db.prepare(sql).bind(siteId, ...values)])
      return rowsOf<T>(results, 0)
    })

  return { site, ensureSite, ask }
}

const INSERT = `INSERT INTO point (id, site_id, name, unit, device, description, interval_seconds, tags, collected)
  SELECT value ->> 0, ?1, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
  FROM json_each(?2) WHERE true`

/**
 * Plans the rows of `described` with the present ids. The batch that runs the statements fails with `IdTaken`
 * where another writer was first.
 */
const planRows = Effect.fnUntraced(function*(
  db: Database,
  operation: string,
  siteId: number,
  { byId, byName }: Ids,
  described: ReadonlyArray<SourcePoint>
) {
  const fresh = new Set(described.map(({ name }) => name).filter((name) => !byName.has(name)))
  const results = yield* read(db, operation, "blocks", [db.prepare("SELECT max(id) AS last FROM block")])
  const lastBlock = rowsOf<{ last: number | null }>(results, 0)[0]?.last ?? -1
  const lastId = byId.size === 0 ? null : Math.max(...byId.keys())
  const { blocks, ids } = allocate([...fresh], lastId, lastBlock)
  if (blocks.some((block) => block >= MAX_BLOCKS)) {
    const cause = new Error(`a database has room for ${MAX_BLOCKS} blocks of ${BLOCK} points`)
    return yield* new HotStoreError({ operation, subject: `site ${siteId}`, cause })
  }
  const known = new Map([...byName, ...ids])
  const insert = (points: ReadonlyArray<SourcePoint>, onConflict: string) =>
    jsonParameters(points.map((point) => rowOf(known.get(point.name) ?? 0, point)))
      .map((parameter) => db.prepare(`${INSERT} ${onConflict}`).bind(siteId, parameter))
  const addBlocks = db.prepare("INSERT INTO block (id, site_id) SELECT value, ?1 FROM json_each(?2)")
    .bind(siteId, JSON.stringify(blocks))
  return { known, fresh, insert, addBlocks }
})

const pointIds = (db: Database) => {
  const points = new Map<number, Ids>()

  /** Every point of the site, from the database. */
  const load = Effect.fnUntraced(function*(operation: string, siteId: number) {
    const results = yield* read(db, operation, `points of site ${siteId}`, [
      db.prepare("SELECT id, name FROM point WHERE site_id = ?1 ORDER BY name").bind(siteId)
    ])
    const rows = rowsOf<{ id: number; name: string }>(results, 0)
    const ids: Ids = {
      byName: new Map(rows.map(({ id, name }) => [name, id])),
      byId: new Map(rows.map(({ id, name }) => [id, name]))
    }
    points.set(siteId, ids)
    return ids
  })

  /** The cached points of the site; read again if one of `ids` is not among them. */
  const including = (operation: string, siteId: number, ids: Iterable<number>) => {
    const cached = points.get(siteId)
    const complete = cached !== undefined && [...ids].every((id) => cached.byId.has(id))
    return complete ? Effect.succeed(cached) : load(operation, siteId)
  }

  const plan = (operation: string, siteId: number, described: ReadonlyArray<SourcePoint>) =>
    Effect.flatMap(load(operation, siteId), (ids) => planRows(db, operation, siteId, ids, described))

  /** The ids of all names, and the statements that register the new ones. */
  const ensurePoints = Effect.fnUntraced(function*(operation: string, siteId: number, names: ReadonlyArray<string>) {
    const cached = points.get(siteId)?.byName ?? new Map<string, number>()
    if (names.every((name) => cached.has(name))) return { ids: cached, statements: [] }
    const { addBlocks, fresh, insert, known } = yield* plan(operation, siteId, names.map(undescribed))
    if (fresh.size === 0) return { ids: known, statements: [] }
    return { ids: known, statements: [addBlocks, ...insert([...fresh].map(undescribed), "")] }
  })

  /** Adds unknown points and refreshes known ones. */
  const describe = Effect.fnUntraced(
    function*(siteId: number, described: ReadonlyArray<SourcePoint>) {
      const { addBlocks, insert } = yield* plan("registerPoints", siteId, described)
      yield* batch(db, "registerPoints", `points of site ${siteId}`, [addBlocks, ...insert(described, REFRESH)])
    },
    retryPlatform,
    retryAllocation,
    Effect.catchTags({
      D1Error: (error) => Effect.fail(storeError(error)),
      GuardFailed: (cause) => Effect.die(cause),
      IdTaken: (cause) =>
        Effect.fail(new HotStoreError({ operation: "registerPoints", subject: "ids of new points", cause }))
    })
  )

  return { load, including, ensurePoints, describe }
}

export const make = (db: Database) => ({ ...siteIds(db), ...pointIds(db) })

export type Identities = ReturnType<typeof make>
