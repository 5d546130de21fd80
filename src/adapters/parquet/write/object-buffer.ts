/** The most that an object can take; only what it fills is memory. */
const MOST_BYTES = 134_217_728
const STEP_BYTES = 262_144

/** Memory for an object being built. It grows in place: a larger copy would be filled with zeros, and the old one wait for a collector. */
export const makeObjectBuffer = () => {
  const memory = new ArrayBuffer(STEP_BYTES, { maxByteLength: MOST_BYTES })
  const all = new Uint8Array(memory)
  let length = 0
  return {
    length: () => length,
    bytes: () => new Uint8Array(memory, 0, length),
    append: (part: Uint8Array) => {
      const end = length + part.length
      if (end > memory.byteLength) memory.resize(Math.ceil(end / STEP_BYTES) * STEP_BYTES)
      all.set(part, length)
      length = end
    }
  }
}
