/**
 * Reads rows of a column from its data pages. Pages are decompressed one by one, and only where rows of them are read.
 */
import { lengthOf, type OpenPage, type Page, readPage } from "./pages.ts"

const NO_BYTES = new Uint8Array(0)

/** Reads ranges of rows in ascending order. Keeps one decompressed page. */
export class ColumnReader {
  readonly #open: (page: Page) => OpenPage
  #bytes: Uint8Array = NO_BYTES
  /** Where the next page begins. */
  #at = 0
  #page: Page | undefined
  #opened: OpenPage | undefined
  /** Rows of the current page. */
  #start = 0
  #end = 0

  constructor(open: (page: Page) => OpenPage) {
    this.#open = open
  }

  /** Begins with other pages, whose first row has the number `first`. */
  reset(bytes: Uint8Array, first: number): void {
    this.close()
    this.#bytes = bytes
    this.#at = 0
    this.#start = this.#end = first
  }

  /** Frees the memory of the current page. */
  close(): void {
    this.#opened?.close()
    this.#opened = undefined
    this.#page = undefined
  }

  /** The rows as a new array. Throws where the pages end before. */
  read(from: number, to: number): Float64Array {
    const column = new Float64Array(to - from)
    for (let row = from; row < to;) {
      let page = this.#page
      while (page === undefined || row >= this.#end) page = this.#nextPage()
      const opened = this.#opened ??= this.#open(page)
      const stop = Math.min(to, this.#end)
      opened.copy(row - this.#start, stop - this.#start, column, row - from)
      row = stop
    }
    if (to === this.#end) this.close()
    return column
  }

  #nextPage(): Page {
    this.close()
    if (this.#at >= this.#bytes.length) throw new RangeError(`the rows from ${this.#end} on are missing`)
    const page = this.#page = readPage(this.#bytes, this.#at)
    this.#at += lengthOf(page)
    this.#start = this.#end
    this.#end += page.rows
    return page
  }
}
