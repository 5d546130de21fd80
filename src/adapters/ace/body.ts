/**
 * Bodies of answers, read piece by piece as they arrive.
 */
import type { Result } from "effect"

/** Takes the bytes of an answer and makes something of them, or says what is wrong with them. */
export interface BodyReader<A> {
  readonly push: (bytes: Uint8Array) => void
  readonly finish: () => Result.Result<A, string>
}

/** A reader of a short answer, which is read as one text. */
export const readText = <A>(read: (text: string) => Result.Result<A, string>): BodyReader<A> => {
  const decoder = new TextDecoder()
  const parts: Array<string> = []
  return {
    push: (bytes) => void parts.push(decoder.decode(bytes, { stream: true })),
    finish: () => read(parts.join("") + decoder.decode())
  }
}

/** Bytes that are asked for at once. A default reader gives 4 KB at a time, each with objects of its own. */
const PIECE_BYTES = 65_536

/** Gives the pieces of a body, which share their memory, to `take` until that answers false. */
export const readPieces = async (
  body: ReadableStream<Uint8Array>,
  take: (piece: Uint8Array) => boolean,
  signal: AbortSignal
): Promise<void> => {
  const reader = body.getReader({ mode: "byob" })
  const cancel = () => void reader.cancel().catch(() => undefined)
  signal.addEventListener("abort", cancel)
  try {
    let buffer = new ArrayBuffer(PIECE_BYTES)
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(buffer))
      if (done) return
      if (!take(value)) return cancel()
      buffer = value.buffer
    }
  } finally {
    signal.removeEventListener("abort", cancel)
  }
}
