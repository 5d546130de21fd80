/**
 * Precedence as the model keeps it: of two values of one instant the one counts that was read from the source later.
 *
 * Every reading of the source is numbered; a value that nobody read, as that of a late feed, is as new as its append.
 */
import { type Id, idOf, type Samples, showId } from "./samples.ts"
import type { Process } from "./scheduler.ts"
import type { SeenSample } from "./source.ts"

interface Reading {
  readonly value: number
  readonly order: number
}

export class Precedence {
  #order = 0
  /** What each process read last of which value, by site and id. */
  readonly #read = new WeakMap<Process, Map<string, Array<Reading>>>()
  /** The same of what a process has staged, by the name of the part. */
  readonly #staged = new Map<string, ReadonlyMap<string, ReadonlyArray<Reading>>>()
  /** The accepted value that was read last. */
  readonly #accepted = new Map<string, Reading>()
  readonly #broken: (law: string) => void

  constructor(broken: (law: string) => void) {
    this.#broken = broken
  }

  read(process: Process, site: string, rows: ReadonlyArray<SeenSample>): void {
    const read = this.#read.get(process) ?? new Map<string, Array<Reading>>()
    this.#read.set(process, read)
    const order = ++this.#order
    for (const { point, timestamp, value } of rows) {
      const key = `${site} ${idOf(point, timestamp)}`
      read.set(key, [...(read.get(key) ?? []).filter((one) => !Object.is(one.value, value)), { value, order }])
    }
  }

  /** What the process read may be published by another one, which takes the part up. */
  staged(process: Process, part: string): void {
    this.#staged.set(part, new Map(this.#read.get(process)))
  }

  takeUp(process: Process, parts: ReadonlyArray<string>): void {
    const read = this.#read.get(process) ?? new Map<string, Array<Reading>>()
    this.#read.set(process, read)
    // Of two readings of one value the later one is found first.
    for (const part of parts) {
      for (const [key, readings] of this.#staged.get(part) ?? []) read.set(key, [...readings, ...read.get(key) ?? []])
    }
  }

  /** When the process read this value; undefined where it did not. */
  orderOf(process: Process, site: string, id: Id, value: number): number | undefined {
    return this.#read.get(process)?.get(`${site} ${id}`)?.find((one) => Object.is(one.value, value))?.order
  }

  accepted(site: string, id: Id): Reading | undefined {
    return this.#accepted.get(`${site} ${id}`)
  }

  /** A value was written to the hot tier, where it shows from now on. */
  appended(process: Process, site: string, id: Id, value: number): void {
    const order = this.orderOf(process, site, id, value) ?? ++this.#order
    const known = this.accepted(site, id)
    if (known !== undefined && known.order > order && !Object.is(known.value, value)) {
      this.#broken(`precedence: ${process.name} puts ${value} above ${known.value}, read later, for ${showId(id)}`)
    }
    this.#accepted.set(`${site} ${id}`, { value, order })
  }

  /** A value counts from now on, if nothing that was read later does. */
  accept(site: string, id: Id, value: number, order: number): void {
    const known = this.accepted(site, id)
    if (known === undefined || order > known.order) this.#accepted.set(`${site} ${id}`, { value, order })
  }

  /** What shows must be what was read last. */
  check(site: string, id: Id, shown: number, what: string): void {
    const known = this.accepted(site, id)
    if (known === undefined || Object.is(known.value, shown)) return
    this.#broken(`precedence: after ${what} of ${site} ${showId(id)} shows ${shown}, and ${known.value} was read later`)
  }

  /** A live object that is not published yet may show newer readings than those accepted, never older. */
  checkLive(site: string, id: Id, shown: number, order: number): void {
    const known = this.accepted(site, id)
    if (known === undefined || Object.is(known.value, shown) || order > known.order) return
    this.#broken(`precedence: the object of ${site} shows ${shown} for ${showId(id)}; ${known.value} was read later`)
  }
}

/** When each value of an object was read: by who writes it, or as it was in the object before. */
export const ordersOf = (
  content: Samples,
  read: (id: Id, value: number) => number | undefined,
  before: { readonly content: Samples; readonly orders: ReadonlyMap<Id, number> },
  accepted: (id: Id) => Reading | undefined
): Map<Id, number> => {
  const orders = new Map<Id, number>()
  for (const [id, value] of content) {
    const known = accepted(id)
    const kept = Object.is(before.content.get(id), value) ? before.orders.get(id) : undefined
    orders.set(id, read(id, value) ?? kept ?? (Object.is(known?.value, value) ? known?.order : undefined) ?? 0)
  }
  return orders
}
