/**
 * Reads the wanted points of a row group, one by one, from its head and its spans.
 */
import { releaseView } from "../../../domain/samples/memory.ts"
import { lowerBound, type Series } from "../../../domain/samples/series.ts"
import type { Window } from "../../../domain/time/window.ts"
import type { IndexedSpan } from "../format/object-index.ts"
import { ColumnReader } from "./column-reader.ts"
import { lengthOfPages, openTimestamps, openValues, readPage } from "./pages.ts"
import { openTexts, readTextPages, textAt, type TextColumn } from "./texts.ts"

/**
 * Point by point, because the columns of a span take ten times the memory of its pages. One reader serves many groups:
 * while a month is made thirty days are read at once, and long-lived objects make the GC copy more and reserve more.
 */
export class GroupReader {
  readonly #wants: (name: string) => boolean
  readonly #times = new ColumnReader(openTimestamps)
  readonly #values = new ColumnReader(openValues)
  /** The row at which each point begins, and after them the number of rows. */
  readonly #starts: Array<number> = []
  /** Names of the span; empty where the point is not wanted. */
  readonly #names: Array<string> = []
  #texts: TextColumn | undefined
  #timePages: Uint8Array = new Uint8Array(0)
  /** Whether the points share a data page of timestamps, of which every span needs some. */
  #isShared = false
  /** The shared timestamps of the span: decompressed once. */
  #shared: Float64Array = new Float64Array(0)
  #sharedFrom = 0
  #firstPoint = 0
  #next = 0

  /** @param wants which points to decode */
  constructor(wants: (name: string) => boolean) {
    this.#wants = wants
  }

  /** Begins another group. Throws where the bytes are no head. */
  openHead(bytes: Uint8Array): void {
    this.close()
    const sites = readTextPages(bytes, 0)
    const names = readTextPages(bytes, lengthOfPages(sites))
    const at = lengthOfPages(sites) + lengthOfPages(names)
    const texts = this.#texts = openTexts(names)
    const starts = this.#starts
    starts.length = 0
    let row = 0
    starts.push(row)
    for (const rows of texts.repeats) starts.push(row += rows)
    this.#timePages = bytes.subarray(at)
    this.#isShared = at < bytes.length && readPage(bytes, at).rows > (starts[1] as number)
  }

  /** Begins a span; spans come in their order. Throws where the group has no such points. */
  openSpan(bytes: Uint8Array, { firstPoint, points }: Pick<IndexedSpan, "firstPoint" | "points">): void {
    const starts = this.#starts
    if (firstPoint + points >= starts.length) {
      throw new RangeError(`a group of ${starts.length - 1} points has no ${points} from ${firstPoint} on`)
    }
    const names = this.#names
    names.length = 0
    let first = -1
    let last = -1
    for (let position = 0; position < points; position++) {
      const name = this.#texts === undefined ? "" : textAt(this.#texts, firstPoint + position)
      const isWanted = name !== "" && this.#wants(name)
      names.push(isWanted ? name : "")
      if (isWanted && first === -1) first = position
      if (isWanted) last = position
    }
    this.#firstPoint = firstPoint
    this.#next = 0
    this.#values.reset(bytes, starts[firstPoint] as number)
    this.#times.reset(this.#timePages, 0)
    releaseView(this.#shared)
    if (this.#isShared && first !== -1) {
      this.#sharedFrom = starts[firstPoint + first] as number
      this.#shared = this.#times.read(this.#sharedFrom, starts[firstPoint + last + 1] as number)
      this.#times.close()
    }
  }

  /**
   * The next wanted point of the span, with columns that the caller owns; undefined after the last. A point without
   * samples in the window (null: any) has empty columns. Throws where the bytes are not what the index says.
   */
  next(window: Window | null): Series | undefined {
    while (this.#next < this.#names.length) {
      const position = this.#next++
      const point = this.#names[position] as string
      if (point === "") continue
      const row = this.#starts[this.#firstPoint + position] as number
      const end = this.#starts[this.#firstPoint + position + 1] as number
      const timestamps = this.#isShared
        ? this.#shared.slice(row - this.#sharedFrom, end - this.#sharedFrom)
        : this.#times.read(row, end)
      const from = window === null ? 0 : lowerBound(timestamps, window.start)
      const to = window === null ? timestamps.length : Math.max(from, lowerBound(timestamps, window.end))
      return { point, timestamps: timestamps.subarray(from, to), values: this.#values.read(row + from, row + to) }
    }
    return undefined
  }

  /** Frees its memory. */
  close(): void {
    this.#times.close()
    this.#values.close()
    this.#names.length = 0
    releaseView(this.#shared)
    if (this.#texts !== undefined) releaseView(this.#texts.raw)
    this.#texts = undefined
  }
}
