/** One million damaged ACE pages, as bytes: no good row is lost to a bad one, and the key shows nowhere. */
import { Result } from "effect"
import { damagedPage, KEY, keptOf, read, shownBy } from "../adapters/ace/pages.ts"
import { randomOf, seeds } from "../random.ts"

const PAGES_A_SEED = 50_000

/** A byte is changed, put in, or left out. */
const mutate = (text: string, seed: number): string => {
  const random = randomOf(seed)
  const at = random.below(text.length)
  const char = random.pick(["\"", "{", "}", "[", "]", ",", ":", "\\", "N", "\u0000", "é", "9", "-"])
  return text.slice(0, at) + (random.happens(0.7) ? char : "") + text.slice(at + (random.happens(0.7) ? 1 : 0))
}

const fail = (what: string, seed: number, text: string): never => {
  throw new Error(`${what}, SEED=${seed}: ${text}`)
}

let refused = 0
const played = seeds(10, 10)
for (const first of played) {
  for (let i = 0; i < PAGES_A_SEED; i++) {
    const seed = first * PAGES_A_SEED + i
    const { good, text } = damagedPage(seed)
    const whole = read(text)
    if (Result.isFailure(whole) || keptOf(whole.success) !== good) fail("a good row was lost", first, text)
    const mutated = mutate(text, seed)
    const result = read(mutated)
    if (Result.isFailure(result)) refused++
    // One changed byte touches one row, or two where it joins them.
    else if (keptOf(result.success) < good - 2 && result.success.nextCursor === null) {
      fail("rows were lost", first, mutated)
    }
    if (shownBy(whole).includes(KEY) || shownBy(result).includes(KEY)) fail("the key shows", first, mutated)
  }
}
const pages = played.length * PAGES_A_SEED
console.log(`pages: ${pages} damaged pages, and as many with one byte changed, ${refused} refused`)
