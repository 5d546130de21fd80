/**
 * Samples as the model keeps them: one map entry each, under a text that names point and instant.
 */
import { formatInstant } from "../../src/domain/time/instant.ts"
import type { Series } from "../../src/domain/samples/series.ts"

/** `{timestamp} {point}` */
export type Id = string
export type Samples = Map<Id, number>

export const idOf = (point: string, timestamp: number): Id => `${timestamp} ${point}`
export const readId = (id: Id) => {
  const cut = id.indexOf(" ")
  return { timestamp: Number(id.slice(0, cut)), point: id.slice(cut + 1) }
}
export const showId = (id: Id): string => {
  const { point, timestamp } = readId(id)
  return `${point} at ${formatInstant(timestamp)}`
}

export const samplesOf = (series: Iterable<Series>): Samples => {
  const samples: Samples = new Map()
  for (const { point, timestamps, values } of series) {
    timestamps.forEach((at, i) => samples.set(idOf(point, at), values[i] as number))
  }
  return samples
}

/** Values that may stand for a sample; `Object.is` tells 0 from -0. */
export class Candidates {
  readonly #values = new Map<Id, Array<number>>()
  add(id: Id, value: number): void {
    const list = this.#values.get(id) ?? []
    if (!list.some((one) => Object.is(one, value))) list.push(value)
    this.#values.set(id, list)
  }
  has(id: Id, value: number): boolean {
    return this.#values.get(id)?.some((one) => Object.is(one, value)) === true
  }
  knows(id: Id): boolean {
    return this.#values.has(id)
  }
  ids(): Iterable<Id> {
    return this.#values.keys()
  }
}
