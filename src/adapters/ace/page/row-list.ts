/**
 * The rows of a page, from bytes into a page of columns. Every row is kept, or counted under the reason why not.
 */
import type { SourcePage } from "../../../domain/samples/page.ts"
import { makePageBuilder, type PageBuilder } from "../../../domain/samples/page-builder.ts"
import { readValue } from "../../../domain/samples/value.ts"
import { makeInstantReader } from "../../../domain/time/instant-reader.ts"
import { contains, type Window } from "../../../domain/time/window.ts"
import { type Clean, REDACTED } from "../cleaner.ts"
import { excerpt } from "../json.ts"
import type { Held } from "./buffer.ts"
import { CLOSE_LIST, COMMA, OPEN, skipBlank } from "./bytes.ts"
import { makeNameTable, type NameTable } from "./name-table.ts"
import { closesList, endOfValue, MAX_ROW_BYTES, nextRow, parseLoosely } from "./row-recovery.ts"
import { hashText } from "./hash.ts"
import { makeRowLog } from "./row-log.ts"
import { RowScanner } from "./row-scanner.ts"

/** What is asked for. */
export interface Asked {
  readonly window: Window
  /** ms */
  readonly now: number
  readonly isSelected: (point: string) => boolean
}

/** More rows than any page size of ACE; a page that goes on beyond is refused. */
export const MAX_ROWS = 600_000
/** Bytes of a row that is quoted. */
const QUOTED_BYTES = 2_048
/** A time that is no text has no hash. */
const NO_TIME = -1
/** In place of a value that a row has not. */
const NO_VALUE = NaN

interface Row {
  readonly name?: unknown
  readonly value?: unknown
  readonly time?: unknown
}

const hashOf = (value: unknown): number => hashText(JSON.stringify(value) ?? "")

/** The first place from `from` on that is neither white space nor a comma. */
const skipToValue = (bytes: Uint8Array, from: number): number => {
  let at = skipBlank(bytes, from)
  while (bytes[at] === COMMA) at = skipBlank(bytes, at + 1)
  return at
}

const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true })

export class RowList {
  readonly log = makeRowLog()
  readonly #asked: Asked
  readonly #clean: Clean
  readonly #builder: PageBuilder
  readonly #instants = makeInstantReader()
  readonly #names: NameTable
  readonly #scanner: RowScanner
  /** Whether any row is inside the window. */
  isInside = false
  /** Whether every row so far was JSON. */
  isStrict = true
  /** Whether the list has ended. */
  isClosed = false
  /** Whether a row without an end is being passed over. */
  #isLost = false
  /** The last time that is an instant; undefined where it is the one that the scanner holds. */
  #lastTime: string | null | undefined = null

  constructor(asked: Asked, clean: Clean) {
    this.#asked = asked
    this.#clean = clean
    this.#builder = makePageBuilder(asked.window, asked.now, 0, asked.isSelected)
    this.#names = makeNameTable(this.#builder.slotOf, clean)
    this.#scanner = new RowScanner(this.#names, this.#instants)
  }

  /**
   * Takes the rows that are whole. Answers the place of what is left: a row of which more must come, or the bracket
   * that closes the list.
   */
  take(held: Held, isLast: boolean): number {
    const { bytes, length } = held
    let at = 0
    while (this.log.count() <= MAX_ROWS) {
      if (this.#isLost) {
        const next = nextRow(held, at, length)
        // The row that looks like one may have begun just before the end.
        if (next < 0) return Math.max(at, length - MAX_ROW_BYTES / 2)
        this.#isLost = false
        at = next
      }
      at = skipToValue(bytes, at)
      if (at >= length) return at
      if (bytes[at] === CLOSE_LIST) {
        const closes = closesList(held, at, isLast)
        this.isClosed = closes === true
        if (closes !== false) return at
        this.#isLost = true
        this.#reject(bytes.subarray(at, at + 1))
        continue
      }
      const end = bytes[at] === OPEN ? this.#scanner.scan(held, at) : -1
      if (end > 0) {
        this.#addScanned()
        at = end
        continue
      }
      const next = this.#takeOther(held, at, isLast)
      if (next < 0) return at
      at = next
    }
    return at
  }

  addParsed(value: unknown): void {
    const row = value as Row | null
    const name = typeof row?.name === "string" ? this.#clean(row.name) : row?.name
    const instant = this.#instants.read(row?.time)
    const slot = this.#builder.slotOf(typeof name === "string" && name.includes(REDACTED) ? null : name)
    this.#builder.addTo(slot, instant, readValue(row?.value))
    this.isInside ||= contains(this.#asked.window, instant)
    const time = typeof row?.time === "string" ? row.time : null
    this.log.add(hashOf(row?.name), hashOf(row?.value), time === null ? NO_TIME : hashText(time))
    if (time !== null && !Number.isNaN(instant)) this.#lastTime = time
  }

  /** The last time of a row that is an instant; null where no row has one. */
  lastTime(): string | null {
    const { time, timeLength } = this.#scanner
    return this.#lastTime === undefined ? decoder.decode(time.subarray(0, timeLength)) : this.#lastTime
  }

  finish(): SourcePage {
    return this.#builder.finish()
  }

  #addScanned(): void {
    const { instant, name, reason, timeHash, value } = this.#scanner
    this.#builder.addTo(this.#names.slotOf(name), instant, reason ?? value)
    this.isInside ||= contains(this.#asked.window, instant)
    this.log.add(this.#names.hashOf(name), reason === null ? value : NO_VALUE, timeHash)
    this.#lastTime = undefined
  }

  /** Takes the value at `at`, which is no plain row. Where to go on; -1 where more bytes must come first. */
  #takeOther(held: Held, at: number, isLast: boolean): number {
    const { bytes, length } = held
    const end = endOfValue(held, at, isLast)
    if (end < 0 && !isLast && length - at < MAX_ROW_BYTES) return -1
    const parsed = end < 0 ? null : parseLoosely(decoder.decode(bytes.subarray(at, end)))
    if (parsed !== null) {
      this.isStrict &&= parsed.isStrict
      this.addParsed(parsed.value)
      return end
    }
    // A row with an unbalanced quote seems to hold those after it: the next that looks like one is taken for one.
    const next = nextRow(held, at + 1, end < 0 ? length : end)
    if (end < 0 && next < 0 && isLast) return -1
    this.#isLost = end < 0 && next < 0
    this.#reject(bytes.subarray(at, next < 0 ? end < 0 ? length : end : next))
    return next >= 0 ? next : this.#isLost ? at + 1 : end
  }

  #reject(row: Uint8Array): void {
    this.isStrict = false
    this.#builder.reject(excerpt(decoder.decode(row.subarray(0, QUOTED_BYTES)), this.#clean))
  }
}
