/**
 * What the page has to say: what failed and what to do about it, why there is nothing to see, what a link got wrong.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import { AskError, inWords } from "../problem.ts"
import type { Actions, Session } from "../session.ts"

const failed = ({ failure, hasKey }: Session, actions: Actions): TemplateResult | typeof nothing => {
  if (failure === null) return nothing
  const needsKey = failure instanceof AskError && failure.needsKey
  return html`<div class="notice failed" role="alert">
    <p>${inWords(failure)}</p>
    ${needsKey ? html`<button @click=${() => actions.change({ wantsKey: true })}>
      ${hasKey ? "Use another key" : "Enter a key"}</button>` : nothing}
    <button @click=${actions.retry}>Try again</button>
  </div>`
}

const complaints = (session: Session, actions: Actions): TemplateResult | typeof nothing =>
  session.complaints.length === 0 ? nothing : html`<div class="notice" role="status">
    <p>This link was not understood in full: ${session.complaints.join("; ")}.</p>
    <button @click=${() => actions.change({ complaints: [] })}>Close</button>
  </div>`

export const notices = (session: Session, actions: Actions): TemplateResult =>
  html`${failed(session, actions)}${complaints(session, actions)}`

/** In place of a chart; nothing where there is one. */
export const emptiness = (session: Session, actions: Actions): TemplateResult | typeof nothing => {
  const { index, listed, picture, sites, view } = session
  const say = (text: string, ...more: ReadonlyArray<TemplateResult>): TemplateResult =>
    html`<div class="empty"><p>${text}</p>${more}</div>`
  if (sites !== null && sites.length === 0) return say("No site has data yet. The first sync brings some.")
  if (sites !== null && view.site !== "" && !sites.includes(view.site)) {
    return say(`There is no site ${view.site}, or this key may not see it.`, ...sites.slice(0, 5).map((site) =>
      html`<button @click=${() => actions.go({ ...view, site, points: [] })}>Open ${site}</button>`))
  }
  if (view.points.length === 0) {
    if (listed && index.length === 0) return say(`${view.site} has no points yet. The first sync brings them.`)
    return say("Choose points from the list to draw them.", html`<button class="only-narrow"
      @click=${() => actions.change({ drawer: true })}>Choose points</button>`)
  }
  if (picture === null || session.failure !== null) return nothing
  const has = (name: string): boolean => (picture.answer.points.get(name)?.timestamps.length ?? 0) > 0
  const [first] = view.points
  if (first === undefined || view.points.some(has) || !view.points.some((name) => picture.answer.points.has(name))) {
    return nothing
  }
  return say("None of these points has data in this range.",
    html`<button @click=${() => actions.goToData(first)}>Go to data</button>`)
}
