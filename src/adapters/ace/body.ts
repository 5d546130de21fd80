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
