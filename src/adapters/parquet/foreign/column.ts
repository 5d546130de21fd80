/**
 * The rows of a column chunk, some at a time: what each cell means, or why it means nothing.
 */
import { releaseView } from "../../../domain/samples/memory.ts"
import type { DropReason } from "../../../domain/samples/page.ts"
import { type Cell, type Cells, readCells, readPlain } from "./cells.ts"
import type { Chunk } from "./footer.ts"
import { levelsOf, openBody, type Page, walkPages } from "./pages.ts"
import { readRuns, RunReader } from "./runs.ts"
import type { Element } from "./schema.ts"
import type { Work } from "./work.ts"

/** What a cell that is not null means. */
export type Convert = (cell: Cell) => number | DropReason

export interface Meaning {
  readonly convert: Convert
  /** What a null means. */
  readonly missing: DropReason
  /** Nanoseconds, roughly, that `convert` takes. */
  readonly work: number
}

/** Why a row has no number, by the code that stands for it; 0 where it has one. */
export const REASONS = [
  "",
  "name",
  "timestamp",
  "null",
  "nan",
  "infinite",
  "text",
  "future",
  "outside",
  "collision",
  "malformed"
] as const satisfies ReadonlyArray<DropReason | "">

export interface Numbers {
  readonly numbers: Float64Array
  /** Codes of {@link REASONS}. */
  readonly reasons: Uint8Array
}

const allocate = (count: number): Numbers => ({ numbers: new Float64Array(count), reasons: new Uint8Array(count) })

const put = ({ numbers, reasons }: Numbers, at: number, converted: number | DropReason): void => {
  const isNumber = typeof converted === "number"
  numbers[at] = isNumber ? converted : 0
  reasons[at] = isNumber ? 0 : REASONS.indexOf(converted)
}

interface Levels {
  /** 0 where the row is null. */
  readonly next: () => number
}

/** A page whose rows are being read. */
interface OpenPage {
  left: number
  /** Null where no row is null. */
  readonly levels: Levels | null
  /** Places in the dictionary; null where the page holds the cells. */
  readonly places: Levels | null
  readonly cells: Cells
  /** All of it, inflated. */
  readonly body: Uint8Array
}

/** The oldest packing of levels, of one bit: the highest first. */
const packedLevels = (bytes: Uint8Array): Levels => {
  let bit = 0
  return { next: () => (bytes[bit >>> 3] as number) >>> (7 - (bit++ & 7)) & 1 }
}

const NO_CELLS: Cells = { next: () => 0, finish: () => {} }

/** The levels of a page of version 1, and the values behind them. */
const splitLevels = (
  { isOptional }: Element,
  { header }: Page,
  body: Uint8Array
): readonly [Levels | null, Uint8Array] => {
  if (!isOptional) return [null, body]
  if (header.levelEncoding === "BIT_PACKED") {
    const end = Math.ceil(header.values / 8)
    if (end > body.length) throw new RangeError("a page is cut within its levels")
    return [packedLevels(body), body.subarray(end)]
  }
  const { end, runs } = readRuns(body, 1)
  return [runs, body.subarray(end)]
}

/** The levels of a page of version 2. Writers leave them out where all rows have a value, or none has. */
const outerLevels = ({ isOptional }: Element, page: Page): Levels | null => {
  const { definitionBytes, nulls, values } = page.header
  if (!isOptional) return null
  if (definitionBytes > 0) return new RunReader(levelsOf(page), 1)
  if (nulls !== 0 && nulls !== values) {
    throw new RangeError(`a page has ${nulls} nulls among ${values} values, and no levels`)
  }
  return nulls === 0 ? null : { next: () => 0 }
}

export class ColumnReader {
  readonly #chunk: Chunk
  readonly #meaning: Meaning
  readonly #work: Work
  readonly #pages: Generator<Page>
  #page: OpenPage | undefined
  #dictionary: Numbers | undefined
  #out = allocate(0)

  /** @param rows those of the group */
  constructor(chunk: Chunk, meaning: Meaning, bytes: Uint8Array, rows: number, work: Work) {
    this.#chunk = chunk
    this.#meaning = meaning
    this.#work = work
    this.#pages = walkPages(chunk, bytes, rows)
  }

  /** The next `count` rows; good until they are asked for again. Throws where they are damaged, or there are fewer. */
  read(count: number): Numbers {
    if (this.#out.numbers.length < count) this.#out = allocate(count)
    for (let row = 0; row < count;) {
      const page = this.#turn()
      const end = Math.min(count, row + page.left)
      page.left -= end - row
      for (; row < end; row++) this.#readRow(page, row)
    }
    return this.#out
  }

  /** Throws where the pages hold more than was read. */
  finish(): void {
    if (this.#page === undefined) return
    this.#page.cells.finish()
    // Buffers are freed eagerly, because the GC counts only the small wrapper.
    releaseView(this.#page.body)
  }

  #readRow({ cells, levels, places }: OpenPage, row: number): void {
    if (levels !== null && levels.next() === 0) put(this.#out, row, this.#meaning.missing)
    else if (places === null) {
      this.#work.spend(this.#meaning.work, "reading the cells")
      put(this.#out, row, this.#meaning.convert(cells.next()))
    } else this.#look(places.next(), row)
  }

  #look(place: number, row: number): void {
    const { numbers, reasons } = this.#dictionary as Numbers
    if (place >= numbers.length) throw new RangeError(`a row names entry ${place} of a dictionary of ${numbers.length}`)
    this.#out.numbers[row] = numbers[place] as number
    this.#out.reasons[row] = reasons[place] as number
  }

  /** The page of the next row. */
  #turn(): OpenPage {
    while (this.#page === undefined || this.#page.left === 0) {
      this.finish()
      const next = this.#pages.next()
      if (next.done === true) throw new RangeError("a column has fewer values than its row group has rows")
      if (next.value.header.kind === "dictionary") this.#openDictionary(next.value)
      else this.#page = this.#open(next.value)
    }
    return this.#page
  }

  #openDictionary(page: Page): void {
    if (this.#dictionary !== undefined || this.#page !== undefined) {
      throw new RangeError("a column has a second dictionary")
    }
    const { values } = page.header
    this.#work.spend(values * this.#meaning.work, `a dictionary of ${values} entries`)
    const cells = readPlain(this.#chunk.element, openBody(page, this.#chunk, this.#work))
    // Entries are read as they come, so that a claim takes no memory.
    const entries: Array<number | DropReason> = []
    for (let i = 0; i < values; i++) entries.push(this.#meaning.convert(cells.next()))
    cells.finish()
    this.#dictionary = allocate(values)
    for (const [i, entry] of entries.entries()) put(this.#dictionary, i, entry)
  }

  #open(page: Page): OpenPage {
    const { element } = this.#chunk
    const { encoding, kind, values } = page.header
    const body = openBody(page, this.#chunk, this.#work)
    const [levels, bytes] = kind === "v2" ? [outerLevels(element, page), body] : splitLevels(element, page, body)
    if (encoding !== "PLAIN_DICTIONARY" && encoding !== "RLE_DICTIONARY") {
      return { left: values, levels, places: null, cells: readCells(element, encoding, bytes), body }
    }
    // A page of nulls alone may have no byte.
    if (this.#dictionary === undefined && bytes.length > 0) {
      throw new RangeError("a page needs a dictionary that is not there")
    }
    this.#dictionary ??= allocate(0)
    return { left: values, levels, places: new RunReader(bytes.subarray(1), bytes[0] ?? 0), cells: NO_CELLS, body }
  }
}
