/** Memory for the finished object, which grows to four times what is full: the last growth copies a quarter at most. */
export const makeObjectBuffer = () => {
  let memory = new Uint8Array(262_144)
  let length = 0
  return {
    length: () => length,
    bytes: () => memory.subarray(0, length),
    append: (part: Uint8Array) => {
      if (length + part.length > memory.length) {
        const larger = new Uint8Array(Math.max(memory.length * 4, length + part.length))
        larger.set(memory.subarray(0, length))
        memory = larger
      }
      memory.set(part, length)
      length += part.length
    }
  }
}
