/**
 * How an answer was made: the plan and the times of its stages, as the query Worker explains them.
 */
import { html, type TemplateResult } from "lit-html"
import type { Columns } from "../api.ts"

const list = (days: ReadonlyArray<string>): string => {
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined) return "none"
  return days.length < 4 ? days.join(", ") : `${days.length} days, ${first} to ${last ?? first}`
}

export const explainPanel = ({ explain, metadata }: Columns, close: () => void): TemplateResult => {
  const months = (reads: ReadonlyArray<{ readonly month: string }> = []): string =>
    list(reads.map(({ month }) => month))
  const { partitions, r2_bytes, r2_gets } = metadata
  const lines: ReadonlyArray<readonly [what: string, text: string]> = [
    ["Resolution", explain?.resolution ?? metadata.resolution],
    ["Before the range", explain?.look_back ?? ""],
    ["Samples from D1", metadata.d1_samples.toLocaleString("en")],
    ["Samples from R2", metadata.r2_samples.toLocaleString("en")],
    ["In the answer", metadata.returned_samples.toLocaleString("en")],
    ["Hot days", list(explain?.hot_days ?? [])],
    ["Archived days", list(explain?.days ?? [])],
    ["Months of samples", months(explain?.months)],
    ["Months of hourly rollups", months(explain?.rollups)],
    ["Objects, requests, bytes", `${partitions}, ${r2_gets}, ${r2_bytes.toLocaleString("en")}`],
    ["Rows of D1 read", metadata.d1_rows_read.toLocaleString("en")],
    ["Hot, cold, shaping", Object.values(explain?.stage_ms ?? {}).map((ms) => `${ms} ms`).join(", ")]
  ]
  return html`<h2>How this answer was made</h2>
    <dl class="keys">${lines.map(([what, text]) => html`<dt>${what}</dt><dd>${text}</dd>`)}</dl>
    <div class="buttons"><button @click=${close}>Close</button></div>`
}
