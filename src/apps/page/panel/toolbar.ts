/**
 * The row above the chart: range, options, zone.
 */
import { html, type TemplateResult } from "lit-html"
import type { Window } from "../../../domain/time/window.ts"
import { zoneOf } from "../data/question.ts"
import { shifted, windowOf, zoomed } from "../ranges.ts"
import type { Actions, Session } from "../session.ts"
import { inputText, readInput } from "../times.ts"
import { isZone } from "../urls.ts"
import { type Compare, type Per, type Show, type Span, SPANS, type View } from "../view.ts"

type Change = Event & { readonly currentTarget: HTMLInputElement | HTMLSelectElement }

const choice = <A extends string>(
  label: string,
  value: A,
  options: Readonly<Record<A, string>>,
  choose: (value: A) => void
): TemplateResult =>
  html`<label class="choice"><span>${label}</span>
    <select aria-label=${label} .value=${value} @change=${(event: Change) => choose(event.currentTarget.value as A)}>
      ${Object.entries<string>(options).map(([name, text]) =>
        html`<option value=${name} ?selected=${name === value}>${text}</option>`)}
    </select>
  </label>`

const ranges = ({ view }: Session, { go }: Actions): TemplateResult =>
  html`<div class="group" role="group" aria-label="Range">
    ${(Object.keys(SPANS) as Array<Span>).map((span) => {
      const pressed = view.range.kind === "last" && view.range.span === span
      return html`<button aria-pressed=${pressed} @click=${() => go({ ...view, range: { kind: "last", span } })}>
        ${span.replace(/(\d+)/, "$1 ")}</button>`
    })}
  </div>`

const between = (view: View, window: Window): View => ({ ...view, range: { kind: "between", ...window }, live: false })

/** Start and end as they are typed; a window that is not one is not taken. */
const custom = ({ view }: Session, { go }: Actions): TemplateResult => {
  const window = windowOf(view.range, Date.now())
  const zone = zoneOf(view)
  const field = (side: "start" | "end", label: string): TemplateResult =>
    html`<input type="datetime-local" aria-label=${label} .value=${inputText(window[side], zone).replace(/:00$/, "")}
      @change=${({ currentTarget }: Change) => {
        const next = { ...window, [side]: readInput(currentTarget.value, zone) }
        if (next.end > next.start) go(between(view, next))
      }}>`
  return html`<div class="group span" role="group" aria-label="From and to">
    ${field("start", "From")}<span aria-hidden="true">–</span>${field("end", "To")}
  </div>`
}

const moves = ({ view }: Session, { back, go }: Actions): TemplateResult => {
  const window = windowOf(view.range, Date.now())
  const middle = (window.start + window.end) / 2
  const button = (label: string, sign: string, act: () => void): TemplateResult =>
    html`<button aria-label=${label} title=${label} @click=${act}>${sign}</button>`
  return html`<div class="group" role="group" aria-label="Move">
    ${button("Earlier", "◀", () => go(between(view, shifted(window, -0.5))))}
    ${button("Later", "▶", () => go(between(view, shifted(window, 0.5))))}
    ${button("Zoom in", "+", () => go(between(view, zoomed(window, 0.5, middle))))}
    ${button("Zoom out", "−", () => go(between(view, zoomed(window, 2, middle))))}
    ${button("Back", "↩", back)}
  </div>`
}

const SHOWN: Readonly<Record<Show, string>> = {
  chart: "Chart",
  table: "Table",
  heat: "Heat map",
  duration: "Load duration",
  days: "Completeness"
}
const PER: Readonly<Record<Per, string>> = {
  sample: "Samples",
  hour: "Hourly bars",
  day: "Daily bars",
  month: "Monthly bars"
}
const COMPARED: Readonly<Record<Compare, string>> = { none: "Nothing", week: "Week before", year: "Year before" }

const zoneField = ({ view }: Session, { go }: Actions): TemplateResult => {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone
  return html`<label class="choice"><span>Time zone</span>
    <input aria-label="Time zone" list="zones" size="16" placeholder=${own} .value=${view.zone}
      @change=${({ currentTarget }: Change) => {
        const zone = currentTarget.value.trim()
        if (zone === "" || isZone(zone)) go({ ...view, zone })
        else currentTarget.value = view.zone
      }}>
    <datalist id="zones">
      ${[own, "UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => html`<option value=${zone}></option>`)}
    </datalist>
  </label>`
}

export const toolbar = (session: Session, actions: Actions): TemplateResult => {
  const { view } = session
  const { go } = actions
  return html`<div class="tools">
    ${ranges(session, actions)} ${moves(session, actions)}
    <button class="only-narrow" aria-expanded=${session.showsOptions}
      @click=${() => actions.change({ showsOptions: !session.showsOptions })}>Options</button>
    <label class="check"><input type="checkbox" .checked=${view.live} ?disabled=${view.range.kind !== "last"}
      @change=${() => go({ ...view, live: !view.live })}> Live</label>
  </div>
  <div class=${session.showsOptions ? "tools options open" : "tools options"}>
    ${custom(session, actions)}
    ${choice("Show", view.show, SHOWN, (show) => go({ ...view, show }))}
    ${choice("As", view.per, PER, (per) => go({ ...view, per }))}
    ${choice("Compare", view.compare, COMPARED, (compare) => go({ ...view, compare }))}
    ${zoneField(session, actions)}
  </div>`
}
