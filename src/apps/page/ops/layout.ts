/**
 * The operations page as a whole.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import { ref } from "lit-html/directives/ref.js"
import { keyDialog, showModal } from "../panel/key.ts"
import { AskError, inWords } from "../problem.ts"
import { backfillPanel } from "./backfill.ts"
import { archiveDays } from "./days.ts"
import { dayGrid } from "./grid.ts"
import { healthPanel, runsPanel, sitesPanel } from "./panels.ts"
import type { Operations, OperationsActions } from "./state.ts"

const failed = ({ failure }: Operations, { change, retry }: OperationsActions): TemplateResult | typeof nothing =>
  failure === null ? nothing : html`<div class="notice failed" role="alert"><p>${inWords(failure)}</p>
    ${failure instanceof AskError && failure.needsKey
      ? html`<button @click=${() => change({ wantsKey: true })}>Enter an admin key</button>` : nothing}
    <button @click=${retry}>Try again</button></div>`

const archive = ({ covered, plans }: Operations): TemplateResult =>
  html`<section aria-labelledby="archive"><h2 id="archive">Archive</h2>
    ${[...covered].map(([site, days]) =>
      dayGrid(site, archiveDays(days, plans.find(({ site_name }) => site_name === site), Date.now())))}
  </section>`

export const operationsLayout = (state: Operations, actions: OperationsActions): TemplateResult => {
  const closeKey = () => actions.change({ wantsKey: false })
  return html`
    <header class="head">
      <h1><img src="/icon.svg" alt="" width="26" height="26"> <span>Operations</span></h1>
      <nav aria-label="Pages"><a href="/">Chart</a> <a href="/docs">API</a>
        <button @click=${() => actions.change({ wantsKey: true })}>${state.hasKey ? "Key in use" : "Key"}</button></nav>
    </header>
    <main class="ops">
      ${failed(state, actions)}
      <p class="done" role="status">${state.busy === "" ? state.done : `${state.busy} …`}</p>
      ${healthPanel(state)} ${sitesPanel(state, actions)} ${backfillPanel(state, actions)} ${archive(state)}
      ${runsPanel(state, actions)}
    </main>
    <dialog ${ref(showModal(state.wantsKey))} aria-label="API key" @close=${closeKey}>${state.wantsKey
      ? keyDialog(state.hasKey, { useKey: actions.useKey, close: closeKey }) : nothing}</dialog>
  `
}
