/** One million mutated chunks, timelines and segments: each is refused or reads as before. */
import { fuzzCodec } from "../domain/codec/mutate.ts"
import { seeds } from "../random.ts"

const BLOBS_A_SEED = 50_000

const played = seeds(10, 10)
let refused = 0
for (const seed of played) refused += fuzzCodec(seed, BLOBS_A_SEED).refused
console.log(`codec: ${played.length * BLOBS_A_SEED} mutated blobs, ${refused} refused, the others read as before`)
