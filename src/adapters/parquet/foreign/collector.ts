/**
 * Rows of other tools, in any order, collected into series in the order of points.
 */
import { columnsFromRows } from "../../../domain/samples/merge.ts"
import { comparePoints } from "../../../domain/samples/names.ts"
import type { Dropped, DropReason } from "../../../domain/samples/page.ts"
import type { Series } from "../../../domain/samples/series.ts"
import { type Meaning, type Numbers, REASONS } from "./column.ts"
import type { ForeignFile } from "./footer.ts"
import { instants, values } from "./meaning.ts"
import { Names } from "./names.ts"
import { elementOf, type OpenGroup, readSlices } from "./rows.ts"
import type { ColumnName } from "./schema.ts"
import type { Work } from "./work.ts"

/** Most rows that are collected at once: some 60 MB. */
const MAX_ROWS = 4_194_304
/** Rows that a point has room for at first, where nobody counted them. */
const FIRST_ROWS = 256

interface Rows {
  timestamps: Float64Array
  values: Float64Array
  count: number
}

const grow = (column: Float64Array): Float64Array => {
  const larger = new Float64Array(column.length * 2)
  larger.set(column)
  return larger
}

export class Collector {
  readonly #columns: ReadonlyArray<readonly [ColumnName, Meaning]>
  readonly #work: Work
  readonly #names: Names
  readonly #roomFor: (point: string) => number | undefined
  /** By the numbers of names; null for points that are not wanted. */
  readonly #points: Array<Rows | null> = []
  readonly #dropped: Partial<Record<DropReason, number>> = {}
  #count = 0

  /**
   * Throws where a column is no such column.
   *
   * @param roomFor how many rows a point may have, or 0; undefined where the point is not wanted
   */
  constructor(file: ForeignFile, roomFor: (point: string) => number | undefined, work: Work) {
    this.#work = work
    this.#roomFor = roomFor
    this.#names = new Names(work)
    this.#columns = [
      ["point_name", this.#names.meaning(elementOf(file, "point_name"))],
      ["timestamp", instants(elementOf(file, "timestamp"))],
      ["value", values(elementOf(file, "value"))]
    ]
  }

  /** Rows left out of the wanted points, by reason; collisions once all series are made. */
  get dropped(): Dropped {
    return this.#dropped
  }

  /** Takes the rows of a group. Yields between slices. */
  *add(open: OpenGroup): Generator<void> {
    for (const { columns: [names, timestamps, values], rows } of readSlices(open, this.#columns, this.#work)) {
      if (names === undefined || timestamps === undefined || values === undefined) return
      for (let row = 0; row < rows; row++) {
        if (names.reasons[row] === 0) this.#take(this.#pointOf(names.numbers[row] as number), timestamps, values, row)
      }
      yield
    }
  }

  /**
   * The series in order, each made when it is asked for. Of two rows of one point and instant the later in the file
   * stands.
   */
  *series(): Generator<Series> {
    const named = this.#points.map((rows, name) => [this.#names.texts[name] as string, rows] as const)
    for (const [point, rows] of named.sort(([a], [b]) => comparePoints(a, b))) {
      if (rows === null || rows === undefined || rows.count === 0) continue
      const { collisions, columns } = columnsFromRows(
        rows.timestamps.subarray(0, rows.count),
        rows.values.subarray(0, rows.count)
      )
      if (collisions > 0) this.#drop("collision", collisions)
      yield { point, ...columns }
    }
  }

  #drop(reason: DropReason, count: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + count
  }

  #pointOf(name: number): Rows | null {
    let rows = this.#points[name]
    if (rows === undefined) {
      const room = this.#roomFor(this.#names.texts[name] as string)
      rows = room === undefined ? null : {
        timestamps: new Float64Array(room || FIRST_ROWS),
        values: new Float64Array(room || FIRST_ROWS),
        count: 0
      }
      this.#points[name] = rows
    }
    return rows
  }

  #take(rows: Rows | null, timestamps: Numbers, values: Numbers, row: number): void {
    if (rows === null) return
    const reason = REASONS[timestamps.reasons[row] || values.reasons[row] as number]
    if (reason !== undefined && reason !== "") return this.#drop(reason, 1)
    if (this.#count++ === MAX_ROWS) throw new RangeError(`the points have more than ${MAX_ROWS} rows in the object`)
    if (rows.count === rows.timestamps.length) {
      rows.timestamps = grow(rows.timestamps)
      rows.values = grow(rows.values)
    }
    rows.timestamps[rows.count] = timestamps.numbers[row] as number
    rows.values[rows.count++] = values.numbers[row] as number
  }
}
