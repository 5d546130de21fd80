/**
 * From the bytes of a head and a span to series, inflating only the pages that hold wanted points.
 *
 * What reads is used again from span to span: where a month is made thirty days are open at once, and what lives is what
 * collectors copy, and what makes them want more memory.
 */
import { releaseView } from "../../../domain/samples/memory.ts"
import { comparePoints } from "../../../domain/samples/names.ts"
import { lowerBound, type Series } from "../../../domain/samples/series.ts"
import type { Window } from "../../../domain/time/window.ts"
import type { IndexedSpan, Range } from "../format/object-index.ts"
import {
  decodeRepeats,
  decodeText,
  endOfText,
  lengthOf,
  type OpenPage,
  openTimestamps,
  openValues,
  type Page,
  readPage,
  uncompressedBody
} from "./pages.ts"

const NO_BYTES = new Uint8Array(0)

/** Reads spans of rows, in ascending order, out of pages. Keeps one of them. */
class ColumnReader {
  readonly #open: (page: Page) => OpenPage
  #bytes: Uint8Array = NO_BYTES
  /** Where the next page begins. */
  #at = 0
  #page: Page | undefined
  #opened: OpenPage | undefined
  /** Rows of the present page. */
  #start = 0
  #end = 0

  constructor(open: (page: Page) => OpenPage) {
    this.#open = open
  }

  /** Turns to pages whose first row is `first`. */
  reset(bytes: Uint8Array, first: number): void {
    this.close()
    this.#bytes = bytes
    this.#at = 0
    this.#start = this.#end = first
  }

  close(): void {
    this.#opened?.close()
    this.#opened = undefined
    this.#page = undefined
  }

  /** A column of its own. Throws where the pages end before. */
  read(from: number, to: number): Float64Array {
    const column = new Float64Array(to - from)
    for (let row = from; row < to;) {
      let page = this.#page
      while (page === undefined || row >= this.#end) page = this.#turn()
      const opened = this.#opened ??= this.#open(page)
      const stop = Math.min(to, this.#end)
      opened.copy(row - this.#start, stop - this.#start, column, row - from)
      row = stop
    }
    if (to === this.#end) this.close()
    return column
  }

  #turn(): Page {
    this.close()
    if (this.#at >= this.#bytes.length) throw new RangeError(`rows from ${this.#end} on are cut`)
    const page = this.#page = readPage(this.#bytes, this.#at)
    this.#at += lengthOf(page)
    this.#start = this.#end
    this.#end += page.rows
    return page
  }
}

/** Reads the spans of a group, point by point: columns take ten times what their pages do. */
class GroupReader {
  readonly #wants: (name: string) => boolean
  readonly #times = new ColumnReader(openTimestamps)
  readonly #values = new ColumnReader(openValues)
  /** Row at which each point starts; one more at the end. */
  readonly #starts: Array<number> = []
  /** Names of the span; empty where the point is not wanted. */
  readonly #names: Array<string> = []
  #dictionary: Uint8Array = NO_BYTES
  #nameAt = 0
  /** Points whose names are passed. */
  #passed = 0
  #timePages: Uint8Array = NO_BYTES
  /** Whether points share a page of timestamps. */
  #isShared = false
  /** The timestamps of the span where they are shared: inflated once, and what that takes is not kept. */
  #shared: Float64Array = new Float64Array(0)
  #origin = 0
  #firstPoint = 0
  #next = 0

  /** @param wants which points to decode */
  constructor(wants: (name: string) => boolean) {
    this.#wants = wants
  }

  /** Turns to another group. Throws where the bytes are no head. */
  openHead(bytes: Uint8Array): void {
    this.close()
    // Two text columns: a dictionary and its repeats, each.
    let at = 0
    const next = (): Page => {
      if (at >= bytes.length) throw new RangeError("a group has no names")
      const page = readPage(bytes, at)
      at += lengthOf(page)
      return page
    }
    next()
    next()
    const dictionary = next()
    const repeats = next()
    const starts = this.#starts
    starts.length = 0
    let row = 0
    starts.push(row)
    for (const rows of decodeRepeats(repeats)) starts.push(row += rows)
    const points = dictionary.header.dictionary_page_header?.num_values ?? 0
    if (starts.length !== points + 1 || row !== repeats.rows) {
      throw new RangeError(`${points} names for the rows of ${starts.length - 1} points`)
    }
    this.#dictionary = uncompressedBody(dictionary)
    this.#nameAt = 0
    this.#passed = 0
    this.#timePages = bytes.subarray(at)
    this.#isShared = at < bytes.length && readPage(bytes, at).rows > (starts[1] as number)
  }

  /** Turns to a span, in the order of spans. Throws where the group has no such points. */
  openSpan(bytes: Uint8Array, firstPoint: number, points: number): void {
    const starts = this.#starts
    if (firstPoint + points >= starts.length) {
      throw new RangeError(`a group of ${starts.length - 1} points has no ${points} from ${firstPoint} on`)
    }
    const names = this.#names
    names.length = 0
    let first = -1
    let last = -1
    while (this.#passed < firstPoint + points) {
      const end = endOfText(this.#dictionary, this.#nameAt)
      const place = this.#passed++ - firstPoint
      if (place >= 0) {
        const name = decodeText(this.#dictionary, this.#nameAt, end)
        const isWanted = this.#wants(name)
        names.push(isWanted ? name : "")
        if (isWanted && first === -1) first = place
        if (isWanted) last = place
      }
      this.#nameAt = end
    }
    this.#firstPoint = firstPoint
    this.#next = 0
    this.#values.reset(bytes, starts[firstPoint] as number)
    this.#times.reset(this.#timePages, 0)
    releaseView(this.#shared)
    if (this.#isShared && first !== -1) {
      this.#origin = starts[firstPoint + first] as number
      this.#shared = this.#times.read(this.#origin, starts[firstPoint + last + 1] as number)
      this.#times.close()
    }
  }

  /**
   * The next wanted point of the span, with columns of its own; undefined at the end. Throws where the bytes are not what
   * the index says. A point without samples in the window (null: any) has empty columns.
   */
  next(window: Window | null): Series | undefined {
    while (this.#next < this.#names.length) {
      const place = this.#next++
      const point = this.#names[place] as string
      if (point === "") continue
      const row = this.#starts[this.#firstPoint + place] as number
      const end = this.#starts[this.#firstPoint + place + 1] as number
      const timestamps = this.#isShared ? this.#shared.slice(row - this.#origin, end - this.#origin) : this.#times.read(row, end)
      const from = window === null ? 0 : lowerBound(timestamps, window.start)
      const to = window === null ? timestamps.length : Math.max(from, lowerBound(timestamps, window.end))
      return { point, timestamps: timestamps.subarray(from, to), values: this.#values.read(row + from, row + to) }
    }
    return undefined
  }

  /** Gives its memory back. */
  close(): void {
    this.#times.close()
    this.#values.close()
    this.#names.length = 0
    releaseView(this.#shared)
    releaseView(this.#dictionary)
  }
}

/** The wanted series of a span. Throws where the bytes are not what the index says. */
export const decodeSpan = (
  head: Uint8Array,
  span: Uint8Array,
  firstPoint: number,
  points: number,
  wanted: ReadonlySet<string>,
  window: Window
): ReadonlyArray<Series> => {
  const reader = new GroupReader((name) => wanted.has(name))
  reader.openHead(head)
  reader.openSpan(span, firstPoint, points)
  const all: Array<Series> = []
  for (let one = reader.next(window); one !== undefined; one = reader.next(window)) all.push(one)
  reader.close()
  return all
}

/** Reads the series after a point (null: all) out of spans, one by one. */
export class SpansReader {
  readonly #group: GroupReader
  #bytes: Uint8Array = NO_BYTES
  #offset = 0
  #spans: ReadonlyArray<IndexedSpan> = []
  #next = 0

  constructor(after: string | null) {
    this.#group = new GroupReader((name) => after === null || comparePoints(name, after) > 0)
  }

  /** Turns to spans of whole groups, in bytes from `offset` that hold them and their heads. */
  open(bytes: Uint8Array, offset: number, spans: ReadonlyArray<IndexedSpan>): void {
    this.close()
    this.#bytes = bytes
    this.#offset = offset
    this.#spans = spans
    this.#next = 0
  }

  /** The next series, with columns of its own; undefined at the end. Throws where the bytes are not what the index says. */
  next(): Series | undefined {
    let one = this.#group.next(null)
    while (one === undefined && this.#next < this.#spans.length) {
      const span = this.#spans[this.#next] as IndexedSpan
      if (this.#next === 0 || span.firstPoint === 0) this.#group.openHead(this.#at(span.head))
      this.#group.openSpan(this.#at(span), span.firstPoint, span.points)
      this.#next++
      one = this.#group.next(null)
    }
    return one
  }

  close(): void {
    this.#group.close()
  }

  #at({ length, offset }: Range): Uint8Array {
    return this.#bytes.subarray(offset - this.#offset, offset - this.#offset + length)
  }
}
