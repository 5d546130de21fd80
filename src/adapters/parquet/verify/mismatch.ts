/**
 * What a verification meets: an object that is not what it must be, and which part of it.
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

/** Runs a step; what it throws is the damage of this part, unless it says so itself. */
export const locating = <A>(damage: Damage, what: string, run: () => A): A => {
  try {
    return run()
  } catch (error) {
    throw error instanceof Mismatch ? error : new Mismatch(damage, `${what}: ${messageOf(error)}`)
  }
}

export const expectSame = (damage: Damage, what: string, found: unknown, expected: unknown): void => {
  if (found !== expected) throw new Mismatch(damage, `${what}: ${String(found)} instead of ${String(expected)}`)
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/** The first damage that a verification meets; undefined where there is none. */
export const firstMismatch = (verify: () => void): Mismatch | undefined => {
  try {
    verify()
    return undefined
  } catch (error) {
    return error instanceof Mismatch ? error : new Mismatch("samples", messageOf(error))
  }
}
