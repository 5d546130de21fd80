/**
 * What a verification finds: a difference, and which part of the object is damaged.
 */
import type { Damage } from "../../../domain/tiers/catalog.ts"

export class Mismatch extends Error {
  readonly damage: Damage

  constructor(damage: Damage, message: string) {
    super(message)
    this.damage = damage
  }
}

const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

/** Does a step; an error of it counts as `damage`, unless it is a `Mismatch` already. */
export const locating = <A>(damage: Damage, what: string, step: () => A): A => {
  try {
    return step()
  } catch (error) {
    throw error instanceof Mismatch ? error : new Mismatch(damage, `${what}: ${messageOf(error)}`)
  }
}

export const expectSame = (damage: Damage, what: string, found: unknown, expected: unknown): void => {
  if (found !== expected) throw new Mismatch(damage, `${what}: ${String(found)} instead of ${String(expected)}`)
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])

/** The first damage that a verification finds; undefined where there is none. */
export const firstMismatch = (verify: () => void): Mismatch | undefined => {
  try {
    verify()
    return undefined
  } catch (error) {
    return error instanceof Mismatch ? error : new Mismatch("samples", messageOf(error))
  }
}
