/**
 * The names of points on a page, looked up by their bytes. A name is decoded only when it is seen for the first time.
 */
import { type Clean, REDACTED } from "../cleaner.ts"
import { QUOTE } from "./bytes.ts"
import { type Held, isSame } from "./buffer.ts"
import { hashBytes } from "./hash.ts"

export interface NameTable {
  /** The number of the name that stands from `from` to before `to`. */
  readonly find: (held: Held, from: number, to: number) => number
  /** Whether the name with the number `guess` begins at `from`, followed by a quote. */
  readonly matches: (guess: number, held: Held, from: number) => boolean
  readonly lengthOf: (name: number) => number
  readonly slotOf: (name: number) => number
  /** A hash of the bytes of the name. */
  readonly hashOf: (name: number) => number
}

/** A point whose name holds the key is not stored, as the key would be; nor is one whose name is not UTF-8. */
const decodeName = (bytes: Uint8Array, decoder: TextDecoder, clean: Clean): string | null => {
  try {
    const name = clean(decoder.decode(bytes))
    return name.includes(REDACTED) ? null : name
  } catch {
    return null
  }
}

/** @param slotOfName the slot of a name in the page that is built; null for one that cannot be stored */
export const makeNameTable = (slotOfName: (name: string | null) => number, clean: Clean): NameTable => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  const slots: Array<number> = []
  const hashes: Array<number> = []
  /** Where each name begins and ends in `arena`. */
  const starts: Array<number> = [0]
  let arena = new Uint8Array(16_384)
  let arenaView = new DataView(arena.buffer)
  /** Numbers of names plus one, by hash; 0 where a place is free. */
  let places = new Uint32Array(1_024)

  const lengthOf = (name: number): number => (starts[name + 1] as number) - (starts[name] as number)

  const isAt = (name: number, { view }: Held, from: number): boolean =>
    isSame(view, from, arenaView, starts[name] as number, lengthOf(name))

  const placeFor = (at: number): number => {
    const mask = places.length - 1
    let place = at & mask
    while (places[place] !== 0) place = (place + 1) & mask
    return place
  }

  const grow = (): void => {
    places = new Uint32Array(places.length * 2)
    for (const [name, of] of hashes.entries()) places[placeFor(of)] = name + 1
  }

  const insert = (bytes: Uint8Array, from: number, to: number, of: number): number => {
    const name = slots.length
    const start = starts[name] as number
    const end = start + to - from
    if (end > arena.length) {
      arena = new Uint8Array(arena.buffer.transfer(Math.max(end, arena.length * 2)))
      arenaView = new DataView(arena.buffer)
    }
    arena.set(bytes.subarray(from, to), start)
    starts.push(end)
    slots.push(slotOfName(decodeName(bytes.subarray(from, to), decoder, clean)))
    hashes.push(of)
    if (slots.length * 2 > places.length) grow()
    else places[placeFor(of)] = name + 1
    return name
  }

  return {
    find: (held, from, to) => {
      const of = hashBytes(held.view, from, to)
      const mask = places.length - 1
      for (let place = of & mask; places[place] !== 0; place = (place + 1) & mask) {
        const name = (places[place] as number) - 1
        if (hashes[name] === of && lengthOf(name) === to - from && isAt(name, held, from)) return name
      }
      return insert(held.bytes, from, to, of)
    },
    matches: (guess, held, from) =>
      guess < slots.length && from + lengthOf(guess) < held.length &&
      held.bytes[from + lengthOf(guess)] === QUOTE && isAt(guess, held, from),
    lengthOf,
    slotOf: (name) => slots[name] as number,
    hashOf: (name) => hashes[name] as number
  }
}
