/**
 * The data behind the chart as a table: what is drawn, newest first.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import { align } from "../data/align.ts"
import { curvesOf } from "../data/curves.ts"
import { zoneOf } from "../data/question.ts"
import { numberText } from "../points/units.ts"
import type { Session } from "../session.ts"
import { timeText } from "../times.ts"

/** More rows than people read; all are in the download. */
const ROWS = 500

export const dataTable = ({ known, picture }: Session): TemplateResult | typeof nothing => {
  if (picture === null) return nothing
  const zone = zoneOf(picture.view)
  const curves = curvesOf(picture, known).filter(({ past }) => !past)
  const [timestamps, ...cells] = align(curves.map(({ track }) => track))
  const rows = [...timestamps.keys()].toReversed().filter((row) =>
    cells.some((column) => (column[row] ?? null) !== null)
  )
  return html`<div class="table" tabindex="0" role="group" aria-label="Data">
    <table>
      <caption>${rows.length.toLocaleString("en")} instants are drawn${rows.length > ROWS
        ? `, the newest ${ROWS} are listed; a download has every sample` : ""}. Times are in ${zone}.</caption>
      <thead><tr><th scope="col">Time</th>
        ${curves.map(({ title, unit }) => html`<th scope="col">${title}${unit === "" ? "" : ` [${unit}]`}</th>`)}
      </tr></thead>
      <tbody>${rows.slice(0, ROWS).map((row) => html`<tr>
        <th scope="row">${timeText(timestamps[row] ?? 0, zone)}</th>
        ${cells.map((column) => html`<td>${column[row] === undefined ? "" : numberText(column[row])}</td>`)}
      </tr>`)}</tbody>
    </table>
  </div>`
}
