/** The most bytes of an object; only what it fills takes memory. */
const MOST_BYTES = 134_217_728
const STEP_BYTES = 262_144

/**
 * The bytes of an object being built. The buffer grows in place: a larger copy would have to be filled with zeros, and
 * the old one would take memory until the GC runs.
 */
export const makeObjectBuffer = () => {
  const memory = new ArrayBuffer(STEP_BYTES, { maxByteLength: MOST_BYTES })
  const all = new Uint8Array(memory)
  let length = 0
  return {
    length: () => length,
    bytes: () => new Uint8Array(memory, 0, length),
    append: (bytes: Uint8Array) => {
      const end = length + bytes.length
      if (end > memory.byteLength) memory.resize(Math.ceil(end / STEP_BYTES) * STEP_BYTES)
      all.set(bytes, length)
      length = end
    }
  }
}
