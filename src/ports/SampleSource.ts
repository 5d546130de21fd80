/**
 * `SampleSource`: where samples come from.
 *
 * Laws (conformance suite `test/conformance/SampleSource.ts`):
 * - `pages(site, window)` delivers every sample of the half-open window at least once, in any number of pages. It
 *   delivers none outside the window, and none of points that are not to be collected. If pages repeat a sample, the
 *   later page wins.
 * - Every series of a page is strictly ascending and finite. Every row that is not kept is counted by reason, and
 *   `rows` = kept samples + dropped rows.
 * - The columns of a page belong to whoever pulls it.
 * - It ends or fails. If the cursor of the source does not move on, it fails with `StalledCursor`: it never ends early
 *   and never loops.
 * - A secret never appears in an error.
 */
import { Context, type Effect, Schema, type Stream } from "effect"
import type { SourcePage } from "../domain/samples/page.ts"
import type { Window } from "../domain/time/window.ts"

/** A point as the source describes it. */
export interface SourcePoint {
  readonly name: string
  readonly unit: string | null
  readonly device: string | null
  readonly description: string | null
  /** Seconds between samples, where the source says. */
  readonly intervalSeconds: number | null
  readonly tags: ReadonlyArray<string>
  readonly collected: boolean
}

/** The key is missing or wrong, or lacks the permission. A retry cannot help. */
export class BadCredentials extends Schema.TaggedError<BadCredentials>()("BadCredentials", {
  status: Schema.Int,
  detail: Schema.String
}) {}
/** The source does not know the site, or hides it. */
export class UnknownSite extends Schema.TaggedError<UnknownSite>()("UnknownSite", { detail: Schema.String }) {}
/** The source refused the request itself. */
export class RequestRefused extends Schema.TaggedError<RequestRefused>()("RequestRefused", {
  status: Schema.Int,
  detail: Schema.String
}) {}
/** It still failed after all retries; a later run may succeed. */
export class Transient extends Schema.TaggedError<Transient>()("Transient", {
  detail: Schema.String,
  attempts: Schema.Int
}) {}
/** The request budget, or the limit of the source, is used up for longer than a run may wait. */
export class Throttled extends Schema.TaggedError<Throttled>()("Throttled", { retryAfterMs: Schema.Number }) {}
/** An answer that is not what the API promises: HTML, truncated JSON, a missing field. */
export class BadPayload extends Schema.TaggedError<BadPayload>()("BadPayload", { detail: Schema.String }) {}
/** A cursor that leads back to where it was. */
export class StalledCursor extends Schema.TaggedError<StalledCursor>()("StalledCursor", { cursor: Schema.String }) {}

export const SourceReason = Schema.Union([
  BadCredentials,
  UnknownSite,
  RequestRefused,
  Transient,
  Throttled,
  BadPayload,
  StalledCursor
])

export class SampleSourceError extends Schema.TaggedError<SampleSourceError>()("SampleSourceError", {
  operation: Schema.String,
  site: Schema.String,
  reason: SourceReason
}) {
  override get message() {
    const { _tag, ...details } = this.reason
    return `${this.operation} of site ${this.site}: ${_tag} ${JSON.stringify(details)}`
  }
}

export class SampleSource extends Context.Service<SampleSource, {
  /** The points of a site that are to be collected; a setting of the adapter says whether that is all of them. */
  readonly points: (site: string) => Effect.Effect<ReadonlyArray<SourcePoint>, SampleSourceError>
  readonly pages: (site: string, window: Window) => Stream.Stream<SourcePage, SampleSourceError>
}>()("building-vitals/ports/SampleSource") {}
