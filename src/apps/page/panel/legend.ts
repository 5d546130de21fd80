/**
 * The legend: each point with its colour, the value under the cursor, and last, least, mean and greatest value of what
 * is seen.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import { pointOf } from "../data/curves.ts"
import { zoneOf } from "../data/question.ts"
import { type Summary, summarize } from "../data/summary.ts"
import { kindOf, titleOf } from "../points/kind.ts"
import { numberText, unitText } from "../points/units.ts"
import type { Actions, Session } from "../session.ts"
import { timeText } from "../times.ts"
import { removePoint } from "../view.ts"

const summaryOf = ({ summary }: Session, point: string): Summary | null => {
  const series = summary?.points.get(point)
  return series === undefined ? null : summarize(series)
}

/** Why nothing is drawn of a point, with the way to what there is; nothing if something is drawn. */
const absence = (session: Session, actions: Actions, name: string): TemplateResult | typeof nothing => {
  const { picture, view } = session
  const near = picture?.answer.unknown.get(name)
  if (near !== undefined) {
    return html`<span class="absent">${view.site} has no point of this name.
      ${near.map((other) => html`<button @click=${() => {
        actions.go({ ...view, points: view.points.map((point) => point === name ? other : point) })
      }}>Show ${other}</button>`)}</span>`
  }
  const series = picture?.answer.points.get(name)
  if (series === undefined || series.timestamps.length > 0) return nothing
  const { first_timestamp, last_timestamp } = pointOf(session.known, name)
  if (first_timestamp === null || last_timestamp === null) {
    return html`<span class="absent">This point has never had a sample.</span>`
  }
  const zone = zoneOf(view)
  return html`<span class="absent">No data in this range; there is data from ${timeText(first_timestamp, zone)} to
    ${timeText(last_timestamp, zone)}. <button @click=${() => actions.goToData(name)}>Go to data</button></span>`
}

const cells = (session: Session, name: string): TemplateResult => {
  const { pointed, view } = session
  const point = pointOf(session.known, name)
  const summary = summaryOf(session, name)
  const isTotal = kindOf(point) === "total"
  const value = (label: string, text: string): TemplateResult => html`<td data-label=${label}>${text}</td>`
  const under = pointed?.values.get(name)
  const past = view.compare === "none" ? null : pointed?.values.get(`past ${name}`)
  return html`
    <td data-label="Cursor" class="cursor">${pointed === null ? "" : numberText(under)}
      ${past === null ? nothing : html`<small>${numberText(past)}</small>`}</td>
    ${value("Last", numberText(summary?.last))} ${value("Min", numberText(summary?.min))}
    ${value("Avg", numberText(summary?.avg))} ${value("Max", numberText(summary?.max))}
    ${value("Used", isTotal ? numberText(summary?.delta) : "")}`
}

const row = (session: Session, actions: Actions) => (name: string, place: number): TemplateResult => {
  const point = pointOf(session.known, name)
  const dash = Math.min(2, Math.floor(place / 8))
  return html`<tr>
    <th scope="row">
      <span class=${`swatch hue-${place % 8} dash-${dash} ${kindOf(point)}`} aria-hidden="true"></span>
      <span class="name" title=${name}><b>${titleOf(point)}</b> <small>${unitText(point.unit)}</small>
        <small class="full">${name}</small></span>
      ${absence(session, actions, name)}
    </th>
    ${cells(session, name)}
    <td class="remove"><button aria-label=${`Remove ${titleOf(point)}`} title="Remove"
      @click=${() => actions.go(removePoint(session.view, name))}>✕</button></td>
  </tr>`
}

export const legend = (session: Session, actions: Actions): TemplateResult => {
  const { pointed, view } = session
  const zone = zoneOf(view)
  const hasTotals = view.points.some((name) => kindOf(pointOf(session.known, name)) === "total")
  return html`<table class=${hasTotals ? "legend" : "legend no-totals"}>
    <caption class="unseen">Points shown, with figures of the range</caption>
    <thead><tr>
      <th scope="col">Point</th>
      <th scope="col" class="cursor">${pointed === null ? "At cursor" : timeText(Math.round(pointed.at), zone)}</th>
      <th scope="col">Last</th><th scope="col">Min</th><th scope="col">Avg</th><th scope="col">Max</th>
      <th scope="col" title="What a counter grew by">Used</th>
      <th scope="col"><span class="unseen">Remove</span></th>
    </tr></thead>
    <tbody>${view.points.map(row(session, actions))}</tbody>
  </table>`
}
