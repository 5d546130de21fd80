/**
 * A bound on the work that an object of another tool may cause: a few bytes can ask for hours and for gigabytes.
 */

/** What any object may take, what each of its bytes adds, and what none may exceed: nanoseconds, roughly. */
const LEAST = 0.5e9
const PER_BYTE = 1_000
const MOST = 60e9

/** Requests that a scan may make; a Worker has 10,000 for all that it does. */
const MOST_REQUESTS = 2_000
/** Work, and slices of rows, after which others have their turn: some 20 milliseconds. */
const TURN = 20e6
const TURN_SLICES = 16

export class Work {
  readonly #size: number
  #left: number
  #turnAt: number
  #slices = 0
  #requests = 0

  /** @param size bytes of the object */
  constructor(size: number) {
    this.#size = size
    this.#left = Math.min(MOST, LEAST + size * PER_BYTE)
    this.#turnAt = this.#left - TURN
  }

  /** Call it before the work is done. Throws where that would be more than the object is worth. */
  spend(nanoseconds: number, what: string): void {
    this.#left -= nanoseconds
    if (!(this.#left >= 0)) throw new RangeError(`${what} of an object of ${this.#size} bytes would take too much work`)
  }

  request(): void {
    if (++this.#requests > MOST_REQUESTS) {
      throw new RangeError(`reading the object would take more than ${MOST_REQUESTS} requests`)
    }
  }

  /** Asked after each slice of rows: whether it has gone on for so long that others wait. */
  isTurnOver(): boolean {
    if (++this.#slices < TURN_SLICES && this.#left > this.#turnAt) return false
    this.#slices = 0
    this.#turnAt = this.#left - TURN
    return true
  }
}
