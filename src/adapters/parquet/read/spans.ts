/**
 * Series from the bytes of spans and the heads of their groups.
 */
import { comparePoints } from "../../../domain/samples/names.ts"
import type { Series } from "../../../domain/samples/series.ts"
import type { Window } from "../../../domain/time/window.ts"
import type { IndexedSpan, Range } from "../format/object-index.ts"
import { GroupReader } from "./group-reader.ts"

/** The wanted series of a span, cut to the window. Throws where the bytes are not what the index says. */
export const decodeSpan = (
  head: Uint8Array,
  bytes: Uint8Array,
  span: Pick<IndexedSpan, "firstPoint" | "points">,
  wanted: ReadonlySet<string>,
  window: Window
): ReadonlyArray<Series> => {
  const reader = new GroupReader((name) => wanted.has(name))
  reader.openHead(head)
  reader.openSpan(bytes, span)
  const all: Array<Series> = []
  for (let one = reader.next(window); one !== undefined; one = reader.next(window)) all.push(one)
  reader.close()
  return all
}

/** Reads the series after a point (null: all) of many spans, one by one. */
export class SpansReader {
  readonly #group: GroupReader
  #bytes: Uint8Array = new Uint8Array(0)
  #offset = 0
  #spans: ReadonlyArray<IndexedSpan> = []
  #next = 0

  constructor(after: string | null) {
    this.#group = new GroupReader((name) => after === null || comparePoints(name, after) > 0)
  }

  /** Begins other spans, of whole groups. `bytes` begin at byte `offset` of the object and contain spans and heads. */
  open(bytes: Uint8Array, offset: number, spans: ReadonlyArray<IndexedSpan>): void {
    this.close()
    this.#bytes = bytes
    this.#offset = offset
    this.#spans = spans
    this.#next = 0
  }

  /**
   * The next series, with columns that the caller owns; undefined after the last. Throws where the bytes are not what
   * the index says.
   */
  next(): Series | undefined {
    let one = this.#group.next(null)
    while (one === undefined && this.#next < this.#spans.length) {
      const span = this.#spans[this.#next] as IndexedSpan
      if (this.#next === 0 || span.firstPoint === 0) this.#group.openHead(this.#at(span.head))
      this.#group.openSpan(this.#at(span), span)
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
