/**
 * Days as a grid of small squares, with a text that says the same.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import { countStates, type DayCell } from "./days.ts"

const WORDS: Readonly<Record<DayCell["state"], string>> = {
  done: "done",
  empty: "empty",
  failed: "failed",
  retrying: "tried again",
  current: "in work",
  waiting: "waiting",
  hot: "hot",
  split: "archived, and changed since",
  archived: "archived",
  due: "due to be archived",
  none: "no samples"
}

export const dayGrid = (label: string, days: ReadonlyArray<DayCell>): TemplateResult | typeof nothing => {
  if (days.length === 0) return nothing
  const counts = [...countStates(days)]
  const failed = days.filter(({ state }) => state === "failed" || state === "retrying")
  return html`<figure class="days">
    <figcaption><b>${label}</b> ${days[0]?.date} to ${days.at(-1)?.date}:
      ${counts.map(([state, count]) =>
        html`<span class="count-of"><i class=${`cell ${state}`}></i>${count} ${WORDS[state]}</span>`)}</figcaption>
    <div class="cells" aria-hidden="true">${days.map(({ date, reason, state }) =>
      html`<i class=${`cell ${state}`} title=${`${date}: ${WORDS[state]}${reason === "" ? "" : `, ${reason}`}`}></i>`)}
    </div>
    ${failed.length === 0 ? nothing : html`<ul>${failed.map(({ date, reason, state }) =>
      html`<li>${date} ${WORDS[state]}: ${reason}</li>`)}</ul>`}
  </figure>`
}
