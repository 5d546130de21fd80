/**
 * Frees the memory of buffers at once. The garbage collector counts only the small object in front of a buffer, not its
 * memory, so it would run a hundred megabytes too late.
 */

/** Frees the memory of a buffer. **Gotchas** From then on every view of the buffer is empty. */
export const release = (buffer: ArrayBufferLike): void => {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0)
}

/** Frees the buffer of a view, if the view covers all of it: the rest could be in use, as in Node's buffer pool. */
export const releaseView = ({ buffer, byteLength }: ArrayBufferView): void => {
  if (byteLength === buffer.byteLength) release(buffer)
}

/** Frees the buffers of all typed arrays of an object, such as columns or a rollup. */
export const releaseColumns = (of: object): void => {
  for (const column of Object.values(of)) {
    if (ArrayBuffer.isView(column)) releaseView(column)
  }
}
