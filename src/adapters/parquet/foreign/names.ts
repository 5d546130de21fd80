/**
 * Names of other tools, numbered as they are met: millions of rows name thousands of points, and a text is made of each
 * once.
 */
import { parsePointName } from "../../../domain/samples/names.ts"
import { Result } from "effect"
import type { Meaning } from "./column.ts"
import { decodeText, LONGEST_TEXT, refuse } from "./meaning.ts"
import type { Element } from "./schema.ts"
import type { Work } from "./work.ts"

/** Most names of an object, and most bytes of all of them. */
const MAX_NAMES = 262_144
const MAX_NAME_BYTES = 33_554_432

/** Nanoseconds, roughly, to find a name, to compare it with one that it is not, and to make a text. */
const FIND_WORK = 60
const PROBE_WORK = 10
const TEXT_WORK = 2_000

const hashOf = (bytes: Uint8Array): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  return hash ^ hash >>> 15
}

const grown = (bytes: Uint8Array, length: number): Uint8Array => {
  const larger = new Uint8Array(Math.max(length, bytes.length * 2))
  larger.set(bytes)
  return larger
}

export class Names {
  readonly texts: Array<string> = []
  readonly #work: Work
  /** Numbers of names, by their hashes; -1 where there is none. Never more than half full. */
  #slots = new Int32Array(1_024).fill(-1)
  /** The bytes of the names, one after the other, and where each ends. */
  #bytes: Uint8Array = new Uint8Array(65_536)
  readonly #ends: Array<number> = []

  constructor(work: Work) {
    this.#work = work
  }

  /** As numbers; those that are not legal, or no UTF-8, mean no name. */
  meaning(element: Element): Meaning {
    if (element.type !== "BYTE_ARRAY" || element.logical === "DECIMAL") return refuse("names", element, "texts")
    return { missing: "name", work: FIND_WORK, convert: (cell) => this.#numberOf(cell as Uint8Array) }
  }

  #numberOf(bytes: Uint8Array): number | "name" {
    if (bytes.length > LONGEST_TEXT) return "name"
    this.#work.spend(bytes.length, "reading the names")
    const hash = hashOf(bytes)
    const slot = this.#slotOf(bytes, hash)
    const number = this.#slots[slot] as number
    return number === -1 ? this.#add(bytes, hash) : number
  }

  /** Where a name is, or would be. */
  #slotOf(bytes: Uint8Array, hash: number): number {
    const mask = this.#slots.length - 1
    for (let slot = hash & mask;; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] as number
      if (number === -1 || this.#isName(number, bytes)) return slot
      this.#work.spend(PROBE_WORK, "telling names apart")
    }
  }

  #isName(number: number, bytes: Uint8Array): boolean {
    const start = this.#startOf(number)
    if (this.#ends[number] !== start + bytes.length) return false
    for (let i = 0; i < bytes.length; i++) if (this.#bytes[start + i] !== bytes[i]) return false
    return true
  }

  #startOf(number: number): number {
    return number === 0 ? 0 : this.#ends[number - 1] as number
  }

  #add(bytes: Uint8Array, hash: number): number | "name" {
    this.#work.spend(TEXT_WORK, "reading the names")
    const text = decodeText(bytes)
    if (text === undefined || Result.isFailure(parsePointName(text))) return "name"
    const number = this.texts.length
    const start = this.#startOf(number)
    const end = start + bytes.length
    if (number === MAX_NAMES || end > MAX_NAME_BYTES) {
      throw new RangeError(`the object has more than ${MAX_NAMES} names, or ${MAX_NAME_BYTES} bytes of names`)
    }
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, end)
    this.#bytes.set(bytes, start)
    this.#ends.push(end)
    this.texts.push(text)
    if (this.texts.length * 2 > this.#slots.length) this.#rehash()
    else this.#slots[this.#slotOf(bytes, hash)] = number
    return number
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 4).fill(-1)
    for (let number = 0; number < this.texts.length; number++) {
      const bytes = this.#bytes.subarray(this.#startOf(number), this.#ends[number])
      this.#slots[this.#slotOf(bytes, hashOf(bytes))] = number
    }
  }
}
