/**
 * Which points an object of another tool holds, by its rows: nothing else that it says is believed.
 */
import { comparePoints } from "../../../domain/samples/names.ts"
import type { Meaning } from "./column.ts"
import type { ForeignFile, ForeignGroup } from "./footer.ts"
import { sites } from "./meaning.ts"
import { Names } from "./names.ts"
import { elementOf, type OpenGroup, readSlices } from "./rows.ts"
import type { Work } from "./work.ts"

/** Most rows of a point: its series is sorted in memory. */
const MAX_POINT_ROWS = 1_048_576
/** Rows collected at once by a scan: some 30 MB. */
const PASS_ROWS = 2_097_152

/** Points whose rows are collected together, and their rows. */
export type Pass = ReadonlyMap<string, number>

export class Inventory {
  readonly #file: ForeignFile
  readonly #work: Work
  readonly #names: Names
  readonly #name: Meaning
  readonly #site: ReturnType<typeof sites> | null
  readonly #rows: Array<number> = []
  readonly #bounds = new Map<ForeignGroup, { readonly first: string; readonly last: string }>()
  #total = 0
  /** Rows whose point has no name, or none that is legal. */
  nameless = 0

  /** @param site that of every row that says one */
  constructor(file: ForeignFile, site: string, work: Work) {
    const siteElement = file.elements.get("site_name")
    this.#file = file
    this.#work = work
    this.#names = new Names(work)
    this.#name = this.#names.meaning(elementOf(file, "point_name"))
    this.#site = siteElement === undefined ? null : sites(siteElement, site)
  }

  /**
   * Counts the rows of a group. Throws where one is of another site, or a point has too many. Yields between slices.
   */
  *add(open: OpenGroup): Generator<void> {
    const site = this.#site
    const columns = [
      ["point_name", this.#name] as const,
      ...site === null ? [] : [["site_name", site.meaning] as const]
    ]
    const met = new Set<number>()
    for (const { columns: [names, said], rows } of readSlices(open, columns, this.#work)) {
      for (let row = 0; row < rows; row++) {
        if (said !== undefined && said.reasons[row] === 0 && said.numbers[row] !== 0) {
          throw new RangeError(
            `it holds rows of the site ${JSON.stringify(site?.others[(said.numbers[row] as number) - 1])}`
          )
        }
        const name = names?.numbers[row] as number
        if (names?.reasons[row] === 0) {
          this.#count(name)
          met.add(name)
        } else this.nameless++
      }
      this.#total += rows
      yield
    }
    const sorted = Array.from(met, (name) => this.#names.texts[name] as string).sort(comparePoints)
    const [first] = sorted
    if (first !== undefined) this.#bounds.set(open.group, { first, last: sorted.at(-1) as string })
  }

  #count(name: number): void {
    const rows = (this.#rows[name] ?? 0) + 1
    this.#rows[name] = rows
    if (rows > MAX_POINT_ROWS) {
      throw new RangeError(`the point ${JSON.stringify(this.#names.texts[name])} has more than ${MAX_POINT_ROWS} rows`)
    }
  }

  /**
   * The points in order, in passes of about {@link PASS_ROWS} rows. Throws where the object says that it holds more
   * rows.
   */
  passes(): ReadonlyArray<Pass> {
    if (this.#total < this.#file.rows) {
      throw new RangeError(`the object says ${this.#file.rows} rows, and its row groups hold ${this.#total}`)
    }
    const passes: Array<Map<string, number>> = []
    let size = Infinity
    const counted = this.#rows.map((rows, name) => [this.#names.texts[name] as string, rows] as const)
      .filter((entry) => entry !== undefined)
    for (const [point, rows] of counted.sort(([a], [b]) => comparePoints(a, b))) {
      if (size + rows > PASS_ROWS) {
        passes.push(new Map())
        size = 0
      }
      passes.at(-1)?.set(point, rows)
      size += rows
    }
    return passes
  }

  /** The groups that hold points of a pass, as their rows have shown. */
  groupsOf(pass: Pass): ReadonlyArray<ForeignGroup> {
    const points = [...pass.keys()]
    const [first] = points
    const last = points.at(-1)
    return this.#file.groups.filter((group) => {
      const bounds = this.#bounds.get(group)
      return bounds !== undefined && first !== undefined && last !== undefined &&
        comparePoints(bounds.first, last) <= 0 &&
        comparePoints(bounds.last, first) >= 0
    })
  }
}
