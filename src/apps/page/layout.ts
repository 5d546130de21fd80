/**
 * The chart page as a whole: head, list, tools, chart, legend, dialogs.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import { ref } from "lit-html/directives/ref.js"
import { badge } from "./panel/badge.ts"
import { explainPanel } from "./panel/explain.ts"
import { keyDialog, showModal } from "./panel/key.ts"
import { legend } from "./panel/legend.ts"
import { emptiness, notices } from "./panel/notices.ts"
import { savedViews } from "./panel/saved.ts"
import { dataTable } from "./panel/table.ts"
import { takeMenu } from "./panel/take.ts"
import { toolbar } from "./panel/toolbar.ts"
import { pointList } from "./points/list.ts"
import { completeness } from "./shows/days.ts"
import { durationCurves } from "./shows/duration.ts"
import { heatMaps } from "./shows/heat.ts"
import type { Actions, Session } from "./session.ts"

const siteChoice = ({ sites, view }: Session, { go }: Actions): TemplateResult => {
  const known = sites ?? []
  const all = view.site === "" || known.includes(view.site) ? known : [view.site, ...known]
  return html`<label class="choice site"><span>Site</span>
    <select aria-label="Site" @change=${({ currentTarget }: Event & { currentTarget: HTMLSelectElement }) =>
      go({ ...view, site: currentTarget.value, points: [] })}>
      ${all.map((site) => html`<option value=${site} ?selected=${site === view.site}>${site}</option>`)}
    </select>
  </label>`
}

const head = (session: Session, actions: Actions): TemplateResult =>
  html`<header class="head">
    <h1><img src="/icon.svg" alt="" width="26" height="26"> <span>Building Vitals</span></h1>
    ${siteChoice(session, actions)}
    <button class="only-narrow" @click=${() => actions.change({ drawer: true })}>Points</button>
    ${savedViews(session, actions)}
    <nav aria-label="Pages"><a href="/ops">Operations</a> <a href="/docs">API</a>
      <button @click=${() => actions.change({ wantsKey: true })}>${session.hasKey ? "Key in use" : "Key"}</button>
      <button aria-label="Keys and gestures" title="Keys and gestures (?)"
        @click=${() => actions.change({ showsKeys: true })}>?</button></nav>
  </header>`

const KEYS: ReadonlyArray<readonly [keys: string, meaning: string]> = [
  ["/", "search points"],
  ["↑ ↓", "move in the list"],
  ["Enter", "add or remove the marked point"],
  ["Esc", "empty the search, close what is open"],
  ["← →", "earlier, later"],
  ["+ −", "zoom in, zoom out"],
  ["Backspace", "back to the range before"],
  ["1 … 7", "the last hour … the last year"],
  ["L", "live"],
  ["?", "this list"],
  ["Drag", "zoom to a range; with Shift, or one finger, move"],
  ["Wheel, pinch", "zoom; sideways, move"],
  ["Double click", "back"]
]

const keysHelp = (actions: Actions): TemplateResult =>
  html`<h2>Keys and gestures</h2>
    <dl class="keys">${KEYS.map(([keys, meaning]) => html`<dt><kbd>${keys}</kbd></dt><dd>${meaning}</dd>`)}</dl>
    <div class="buttons"><button @click=${() => actions.change({ showsKeys: false })}>Close</button></div>`

/** What is shown in place of the chart. */
const otherShow = (session: Session): TemplateResult | typeof nothing => {
  switch (session.view.show) {
    case "chart":
      return nothing
    case "table":
      return dataTable(session)
    case "heat":
      return heatMaps(session)
    case "duration":
      return durationCurves(session)
    case "days":
      return completeness(session)
  }
}

const dialog = (open: boolean, close: () => void, label: string, content: TemplateResult): TemplateResult =>
  html`<dialog ${ref(showModal(open))} aria-label=${label} @close=${close}>${open ? content : nothing}</dialog>`

export const layout = (session: Session, actions: Actions): TemplateResult => {
  const { announcement, done, explained, loading, showsKeys, view, wantsKey } = session
  const closeExplained = () => actions.change({ explained: null })
  const closeKey = () => actions.change({ wantsKey: false })
  return html`
    <a class="skip" href="#chart">To the chart</a>
    ${head(session, actions)}
    <div class="body">
      ${pointList(session, actions)}
      <main>
        ${toolbar(session, actions)}
        ${notices(session, actions)}
        <section id="chart" class=${loading ? "chart loading" : "chart"} tabindex="0" aria-label="Chart"
          aria-busy=${loading}>
          <div id="plots" ?hidden=${view.show !== "chart"}></div>
          ${otherShow(session)}
          ${emptiness(session, actions)}
        </section>
        <div class="under">${badge(session, actions.explain)} <span class="done" role="status">${done}</span></div>
        ${view.points.length === 0 ? nothing : html`<div class="tools">${takeMenu(actions)}</div>`}
        ${view.points.length === 0 ? nothing : html`<div class="scroll">${legend(session, actions)}</div>`}
      </main>
    </div>
    <div class="unseen" role="status" aria-live="polite">${announcement}</div>
    ${dialog(wantsKey, closeKey, "API key", keyDialog(session.hasKey, { useKey: actions.useKey, close: closeKey }))}
    ${dialog(explained !== null, closeExplained, "How this answer was made",
      explained === null ? html`` : explainPanel(explained, closeExplained))}
    ${dialog(showsKeys, () => actions.change({ showsKeys: false }), "Keys and gestures", keysHelp(actions))}
  `
}
