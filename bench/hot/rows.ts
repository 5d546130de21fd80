/**
 * The rival: one row for each sample, in the same kind of D1, written and read as well as that layout allows.
 */
import type { Series } from "../../src/domain/samples/series.ts"

/** The length of a statement's JSON of rows: the same as in the hot store. */
const PARAMETER_CHARS = 1_500_000

const WRITE = `INSERT INTO sample (point, at, value) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1)
  WHERE true ON CONFLICT DO UPDATE SET value = excluded.value WHERE value IS NOT excluded.value`

/** Rows that one statement of an ordered scan reads. */
const SCAN_ROWS = 50_000

export interface RowSeries extends Series {
  readonly id: number
}

export const createTable = (db: D1Database): Promise<unknown> =>
  db.prepare(
    "CREATE TABLE sample (point INTEGER, at INTEGER, value REAL, PRIMARY KEY (point, at)) WITHOUT ROWID"
  ).run()

/** Writes in one batch; samples that are stored with the same value write nothing. */
export const writeRows = async (db: D1Database, series: ReadonlyArray<RowSeries>): Promise<void> => {
  const statements: Array<D1PreparedStatement> = []
  let rows: Array<string> = []
  let size = 0
  const flush = () => {
    if (rows.length > 0) statements.push(db.prepare(WRITE).bind(`[${rows.join(",")}]`))
    rows = []
    size = 0
  }
  for (const { id, timestamps, values } of series) {
    for (let i = 0; i < timestamps.length; i++) {
      const row = `[${id},${timestamps[i]},${values[i]}]`
      rows.push(row)
      size += row.length + 1
      if (size > PARAMETER_CHARS) flush()
    }
  }
  flush()
  await db.batch(statements)
}

type Row = [point: number, at: number, value: number]

const columnsOf = (rows: ReadonlyArray<Row>) => ({
  timestamps: Float64Array.from(rows, (row) => row[1]),
  values: Float64Array.from(rows, (row) => row[2])
})

export const readRows = async (db: D1Database, ids: ReadonlyArray<number>, start: number, end: number) => {
  const results = await db.prepare(
    `SELECT s.point, s.at, s.value FROM json_each(?1) AS ids CROSS JOIN sample AS s
     ON s.point = ids.value AND s.at >= ?2 AND s.at < ?3 ORDER BY ids.key, s.at`
  ).bind(JSON.stringify(ids), start, end).raw<Row>()
  return columnsOf(results)
}

/** Reads every sample of the points between two instants, in order; answers how many there are. */
export const scanRows = async (db: D1Database, points: number, start: number, end: number): Promise<number> => {
  let count = 0
  let rows: ReadonlyArray<Row> = []
  do {
    const [point, at] = rows.at(-1) ?? [-1, end]
    rows = await db.prepare(
      `SELECT point, at, value FROM sample WHERE (point, at) > (?1, ?2) AND point < ?3 AND at >= ?4 AND at < ?5
       ORDER BY point, at LIMIT ${SCAN_ROWS}`
    ).bind(point, at, points, start, end).raw<Row>()
    count += columnsOf(rows).timestamps.length
  } while (rows.length === SCAN_ROWS)
  return count
}

export const evictRows = (db: D1Database, points: number, start: number, end: number): Promise<unknown> =>
  db.prepare(
    `DELETE FROM sample WHERE (point, at) IN (
       SELECT s.point, s.at FROM (WITH RECURSIVE id (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM id WHERE n < ?1 - 1)
         SELECT n FROM id) CROSS JOIN sample AS s ON s.point = n AND s.at >= ?2 AND s.at < ?3)`
  ).bind(points, start, end).run()
