/** One million mutated chunks, timelines and segments: each is refused or reads as before. */
import { fuzzCodec } from "../domain/codec/mutate.ts"

const BLOBS = 1_000_000
const PER_SEED = 50_000

let refused = 0
for (let seed = 0; seed < BLOBS / PER_SEED; seed++) refused += fuzzCodec(seed, PER_SEED).refused
console.log(`codec: ${BLOBS} mutated blobs, ${refused} refused, the others read as before`)
