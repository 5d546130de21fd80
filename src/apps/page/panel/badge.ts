/**
 * Where an answer came from and what it cost, as a line that opens the explanation.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import type { Metadata } from "../api.ts"
import type { Session } from "../session.ts"
import { ageText } from "../points/units.ts"

const SOURCE: Readonly<Record<Metadata["source"], string>> = {
  d1: "D1",
  r2: "R2",
  split: "D1 and R2",
  none: "no tier"
}

const sizeText = (bytes: number): string =>
  bytes < 1_000 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} KB` : `${(bytes / 1e6).toFixed(1)} MB`

/** `1 px = 9 h`, `hourly`, `all samples`. */
const resolutionText = ({ column_ms, resolution }: Metadata): string => {
  if (column_ms === null) return resolution === "raw" ? "all samples" : `buckets of ${resolution}`
  const width = column_ms < 60_000 ? `${(column_ms / 1e3).toFixed(1)} s` : ageText(column_ms)
  return `extremes of every ${width}`
}

export const badge = ({ picture }: Session, explain: () => void): TemplateResult | typeof nothing => {
  const metadata = picture?.answer.metadata ?? null
  if (picture === null || metadata === null) return nothing
  const { bytes, ms } = picture.answer
  const gets = `${metadata.r2_gets} GET${metadata.r2_gets === 1 ? "" : "s"}`
  return html`<button class="badge" title="How this answer was made" @click=${explain}>
    ${SOURCE[metadata.source]} · ${resolutionText(metadata)} · ${gets} · ${sizeText(metadata.r2_bytes)} read ·
    ${bytes > 0 ? html`${sizeText(bytes)} sent · ` : nothing}${Math.round(ms)} ms
  </button>`
}
