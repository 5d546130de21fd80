/**
 * What the simulated service does wrong on demand: faults of answers, and faults of the data.
 */
import { Schema } from "effect"
import { hash } from "./random.ts"

const Rate = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** How often a fault of answers strikes: the next `count` answers that can have it, or a share of all. */
const Dose = Schema.Struct({ rate: Schema.optionalKey(Rate), count: Schema.optionalKey(Count) })
type Dose = typeof Dose.Type

export const Faults = Schema.Struct({
  /** 429, with `Retry-After` in seconds or as an HTTP date. */
  throttled: Schema.optionalKey(
    Schema.Struct({
      ...Dose.fields,
      retryAfterSeconds: Schema.optionalKey(Count),
      asDate: Schema.optionalKey(Schema.Boolean)
    })
  ),
  /** 500 with a message that does not mention the key. */
  serverError: Schema.optionalKey(Dose),
  /** 500 `An unhandled exception occurred.`, which the service also answers to a bad key. */
  unhandled: Schema.optionalKey(Dose),
  /** No answer until the client gives up, or for two minutes. */
  hang: Schema.optionalKey(Dose),
  /** A page of HTML with status 200. */
  html: Schema.optionalKey(Dose),
  /** JSON that ends in the middle. */
  truncated: Schema.optionalKey(Dose),
  /** The rows of a page are not in order. */
  unordered: Schema.optionalKey(Dose),
  /** An opaque cursor that leads back to the same page, with `has_more`. */
  stalled: Schema.optionalKey(Dose),
  /** `configured_points` answers an empty list. */
  noConfiguredPoints: Schema.optionalKey(Schema.Boolean),
  /** Shares of the samples that are delivered twice, or with null, "NaN" or a text instead of their value. */
  duplicates: Schema.optionalKey(Rate),
  nulls: Schema.optionalKey(Rate),
  nans: Schema.optionalKey(Rate),
  texts: Schema.optionalKey(Rate),
  /** A share of the scrapes becomes visible only so many seconds after its time. */
  late: Schema.optionalKey(Schema.Struct({ rate: Rate, seconds: Count }))
})
export type Faults = typeof Faults.Type

/** The faults of answers. Each answer has them or not. */
export type AnswerFault =
  | "throttled"
  | "serverError"
  | "unhandled"
  | "hang"
  | "html"
  | "truncated"
  | "unordered"
  | "stalled"

export interface FaultDealer {
  readonly current: () => Faults
  readonly set: (faults: Faults) => void
  /** Whether this answer has the fault; counts it. */
  readonly strikes: (fault: AnswerFault) => boolean
}

/** Decides which answers have faults: by counts, which are used up, or by rates, drawn from a seeded sequence. */
export const makeFaultDealer = (seed: number, initial: Faults): FaultDealer => {
  let faults = initial
  let draws = 0
  return {
    current: () => faults,
    set: (next) => {
      faults = next
    },
    strikes: (fault) => {
      const dose: Dose | undefined = faults[fault]
      if (dose === undefined) return false
      if (dose.count !== undefined && dose.count > 0) {
        faults = { ...faults, [fault]: { ...dose, count: dose.count - 1 } }
        return true
      }
      return dose.rate !== undefined && hash(seed, ++draws, 30) / 4_294_967_296 < dose.rate
    }
  }
}
