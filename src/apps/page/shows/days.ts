/**
 * How complete each day of a point is: a square a day, the fuller the darker.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import { DAY_MS } from "../../../domain/time/lengths.ts"
import { pointOf } from "../data/curves.ts"
import { zoneOf } from "../data/question.ts"
import { titleOf } from "../points/kind.ts"
import { windowOf } from "../ranges.ts"
import type { Session } from "../session.ts"
import { styled } from "../styled.ts"
import { inputText } from "../times.ts"
import { dayFills } from "./hours.ts"

const SECONDS = 86_400

const daysOf = ({ view }: Session, zone: string): ReadonlyArray<string> => {
  const { end, start } = windowOf(view.range, Date.now())
  const days = new Set<string>()
  for (let at = start; at < end; at += DAY_MS / 2) days.add(inputText(at, zone).slice(0, 10))
  days.add(inputText(end - 1, zone).slice(0, 10))
  return [...days]
}

export const completeness = (session: Session): TemplateResult | typeof nothing => {
  const { extra, known, view } = session
  if (extra === null) return nothing
  const zone = zoneOf(view)
  const days = daysOf(session, zone)
  return html`<div class="shows">${view.points.map((name) => {
    const point = pointOf(known, name)
    const { timestamps, values } = extra.points.get(name) ?? { timestamps: [], values: [] }
    const counts = new Map(timestamps.map((at, i) => [inputText(at, zone).slice(0, 10), values?.[i] ?? 0] as const))
    const expected = point.interval_seconds === null ? null : SECONDS / point.interval_seconds
    const fills = dayFills(days, counts, expected)
    const empty = fills.filter(({ samples }) => samples === 0).length
    const mean = fills.reduce((sum, { fill }) => sum + fill, 0) / Math.max(1, fills.length)
    return html`<figure class="days"><figcaption><b>${titleOf(point)}</b> ${days[0]} to ${days.at(-1)} (${zone}):
        ${Math.round(mean * 100)} % complete, ${empty} ${empty === 1 ? "day" : "days"} without samples</figcaption>
      <div class="cells" aria-hidden="true">${fills.map(({ day, fill, samples }) =>
        html`<i class=${samples === 0 ? "cell none" : "cell fill"} ${styled({ opacity: String(0.25 + 0.75 * fill) })}
          title=${`${day}: ${samples.toLocaleString("en")} samples, ${Math.round(fill * 100)} %`}></i>`)}</div>
    </figure>`
  })}</div>`
}
