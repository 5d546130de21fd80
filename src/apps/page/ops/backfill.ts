/**
 * The backfill: a form that starts one, its progress, and each of its days.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import { DAY_MS } from "../../../domain/time/lengths.ts"
import { type Progress, resumeBackfill, startBackfill, stopBackfill } from "./api.ts"
import { backfillDays } from "./days.ts"
import { dayGrid } from "./grid.ts"
import type { Operations, OperationsActions } from "./state.ts"

const dateText = (at: number): string => new Date(at).toISOString().slice(0, 10)

const STATES: Readonly<Record<Progress["status"], string>> = {
  in_progress: "is in progress",
  completed: "is completed",
  cancelled: "is stopped; what is done stays, and it can be resumed",
  failed: "has ended, but not every day succeeded"
}

const form = (busy: string, { perform }: OperationsActions): TemplateResult => {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const data = new FormData(event.currentTarget as HTMLFormElement)
    const [start_date, end_date] = [String(data.get("start")), String(data.get("end"))]
    perform("Start of the backfill", () => startBackfill({ start_date, end_date }))
  }
  const yesterday = Date.now() - DAY_MS
  return html`<form class="backfill-form" @submit=${submit}>
    <label>First day <input type="date" name="start" required value=${dateText(yesterday - 6 * DAY_MS)}></label>
    <label>Last day <input type="date" name="end" required value=${dateText(yesterday)}></label>
    <button type="submit" class="primary" ?disabled=${busy !== ""}>Start backfill</button>
  </form>`
}

const controls = ({ status }: Progress, busy: string, { perform }: OperationsActions): TemplateResult => {
  const resumable = status === "cancelled" || status === "failed"
  return html`<div class="buttons">
    ${status === "in_progress" ? html`<button ?disabled=${busy !== ""}
      @click=${() => perform("Stop of the backfill", stopBackfill)}>Stop</button>` : nothing}
    ${resumable ? html`<button ?disabled=${busy !== ""}
      @click=${() => perform("Resumption of the backfill", resumeBackfill)}>${status === "failed"
        ? "Retry failed days" : "Resume"}</button>` : nothing}
  </div>`
}

const progressOf = (job: Progress, busy: string, actions: OperationsActions): TemplateResult => {
  const { days_completed, days_total, estimated_completion, progress_percent, reason, records_processed } = job
  return html`<p>The backfill of ${job.start_date} to ${job.end_date} ${STATES[job.status]}.
      ${reason === "" ? nothing : html`<b>${reason}</b>`}</p>
    <div class="progress"><progress max="100" value=${progress_percent} aria-label="Progress"></progress>
      <span>${days_completed} of ${days_total} days, ${records_processed.toLocaleString("en")} samples
      ${estimated_completion === null ? nothing
        : html`; ends about ${estimated_completion.slice(0, 16).replace("T", " ")} UTC`}</span></div>
    ${controls(job, busy, actions)}
    ${job.sites.map((site) => dayGrid(site, backfillDays(job, site)))}
    ${job.dropped_rows.length === 0 ? nothing : html`<details><summary>Dropped rows</summary><ul>
      ${job.dropped_rows.map(({ date, dropped, site }) => html`<li>${site}, ${date}: ${dropped}</li>`)}
    </ul></details>`}`
}

export const backfillPanel = ({ busy, loaded, progress }: Operations, actions: OperationsActions): TemplateResult =>
  html`<section aria-labelledby="backfill"><h2 id="backfill">Backfill</h2>
    ${progress?.status === "in_progress" ? nothing : form(busy, actions)}
    ${progress === null ? html`<p>${loaded ? "None has run yet." : ""}</p>` : progressOf(progress, busy, actions)}
  </section>`
