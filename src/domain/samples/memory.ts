/**
 * Memory of columns and pages, given back before it is collected: a collector sees the small object that stands for it,
 * not the memory behind, and comes a hundred megabytes late.
 */

/** Gives the memory back at once. **Gotchas** every view of it is empty from now on. */
export const release = (buffer: ArrayBufferLike): void => {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0)
}

/** {@link release} where the view is all of its buffer: the rest may be another's, as of Node's pool. */
export const releaseView = ({ buffer, byteLength }: ArrayBufferView): void => {
  if (byteLength === buffer.byteLength) release(buffer)
}

/** {@link releaseView} for what is made of columns. */
export const releaseColumns = (of: object): void => {
  for (const column of Object.values(of)) {
    if (ArrayBuffer.isView(column)) releaseView(column)
  }
}
