/**
 * What went wrong, as the page tells it.
 */

interface UnknownPoint {
  readonly point_name: string
  readonly near: ReadonlyArray<string>
}

/** The problem document of the API, as far as the page reads it. */
interface Problem {
  readonly code?: unknown
  readonly detail?: unknown
  readonly unknown_points?: ReadonlyArray<UnknownPoint>
}

/** A request that got no good answer: the status and code of the problem document, or 0 where no answer came. */
export class AskError extends Error {
  readonly status: number
  readonly code: string
  /** Points that the site does not have, with names that may have been meant. */
  readonly unknown: ReadonlyArray<UnknownPoint>

  constructor(status: number, code: string, detail: string, unknown: ReadonlyArray<UnknownPoint> = []) {
    super(detail)
    this.status = status
    this.code = code
    this.unknown = unknown
  }

  /** Whether another key may help. */
  get needsKey(): boolean {
    return this.status === 401 || this.status === 403
  }
}

/** @param document the problem document, or whatever came in its place */
export const errorOf = (status: number, document: unknown): AskError => {
  const { code, detail, unknown_points }: Problem = typeof document === "object" && document !== null ? document : {}
  return new AskError(
    status,
    typeof code === "string" ? code : "",
    typeof detail === "string" ? detail : `the service answered with the status ${status}`,
    unknown_points ?? []
  )
}

export const unreachable = (): AskError =>
  new AskError(0, "unreachable", "the service did not answer: it is down, or this machine is offline")

export const wasCancelled = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError"

/** Any failure in words that a person can act on. */
export const inWords = (error: unknown): string => {
  if (!(error instanceof AskError)) return error instanceof Error ? error.message : String(error)
  if (error.status === 429) return "Too many requests. Wait a minute, then try again."
  if (error.status === 401 && error.message.startsWith("send an API key")) return "This needs an API key."
  const detail = error.message
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}${/[.!?]$/.test(detail) ? "" : "."}`
}
