/**
 * Health, sites and runs.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import { ageText } from "../points/units.ts"
import { type Site, syncSite } from "./api.ts"
import type { Operations, OperationsActions } from "./state.ts"

/** What R2 asks for a gigabyte and month, dollars. */
const R2_PRICE = 0.015

const count = (value: number): string => value.toLocaleString("en")

const sizeText = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} KB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB`
    : `${(bytes / 1e9).toFixed(2)} GB`

const priceText = (bytes: number): string => {
  const dollars = bytes / 1e9 * R2_PRICE
  return dollars < 0.01 ? "under 1 ¢ a month" : `$${dollars.toFixed(2)} a month`
}

const syncedText = (through: string | null): string => {
  if (through === null) return "never"
  const age = ageText(Date.now() - Date.parse(through))
  return age === "now" ? age : `${age} ago`
}

export const healthPanel = ({ health }: Operations): TemplateResult | typeof nothing =>
  health === null ? nothing : html`<section class=${`health ${health.status}`} aria-label="Health">
    <h2>The system is ${health.status}</h2>
    ${health.reasons.length === 0 ? nothing : html`<ul>${health.reasons.map(({ detail }) => html`<li>${detail}</li>`)}
    </ul>`}
  </section>`

const siteRow = (site: Site, busy: string, { perform }: OperationsActions): TemplateResult => {
  const { lag, site_name, synced_through } = site
  return html`<tr>
    <th scope="row">${site_name}</th>
    <td data-label="Synced">${syncedText(synced_through)}</td>
    <td data-label="Samples come">${lag === null ? "–" : `95 % in ${ageText(lag.p95_minutes * 60_000)}`}</td>
    <td data-label="Points">${count(site.points)}</td>
    <td data-label="Hot days">${site.hot_days}</td>
    <td data-label="Tail">${count(site.tail_rows)} rows, ${sizeText(site.tail_bytes)}</td>
    <td data-label="Archived">${count(site.cold_days)} days, ${count(site.cold_rows)} samples</td>
    <td data-label="On R2">${sizeText(site.cold_bytes)}, ${priceText(site.cold_bytes)}</td>
    <td><button ?disabled=${busy !== ""} @click=${() => perform(`Sync of ${site_name}`, () => syncSite(site_name))}>
      Sync now</button></td>
  </tr>`
}

export const sitesPanel = ({ busy, sites }: Operations, actions: OperationsActions): TemplateResult =>
  html`<section aria-labelledby="sites"><h2 id="sites">Sites</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Sites"><table class="ops-table">
      <thead><tr>${["Site", "Synced", "Samples come", "Points", "Hot days", "Tail", "Archived", "On R2"].map((name) =>
        html`<th scope="col">${name}</th>`)}<th scope="col"><span class="unseen">Sync</span></th></tr></thead>
      <tbody>${sites.map((site) => siteRow(site, busy, actions))}</tbody>
    </table></div>
  </section>`

export const runsPanel = ({ onlyTroubled, runs }: Operations, { change }: OperationsActions): TemplateResult => {
  const nothingToShow = runs.length === 0 ? "Nothing has run yet." : "No run needs attention."
  const shown = onlyTroubled ? runs.filter(({ status }) => status !== "completed") : runs
  return html`<section aria-labelledby="runs"><h2 id="runs">Runs</h2>
    <label class="check"><input type="checkbox" .checked=${onlyTroubled}
      @change=${() => change({ onlyTroubled: !onlyTroubled })}> Only those that need attention</label>
    ${shown.length === 0 ? html`<p>${nothingToShow}</p>` : html`
    <div class="scroll" tabindex="0" role="group" aria-label="Runs"><table class="ops-table">
      <thead><tr>${["Began", "Took", "Kind", "Site", "Ended", "Samples", "Reason"].map((name) =>
        html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${shown.map((run) => html`<tr>
        <th scope="row">${run.started_at.slice(0, 19).replace("T", " ")}</th>
        <td data-label="Took">${((Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1e3).toFixed(1)} s</td>
        <td data-label="Kind">${run.kind}</td><td data-label="Site">${run.site_name}</td>
        <td data-label="Ended"><span class=${`state ${run.status}`}>${run.status}</span></td>
        <td data-label="Samples">${count(run.samples)}</td>
        <td data-label="Reason" class="reason">${run.reason}</td>
      </tr>`)}</tbody>
    </table></div>`}
  </section>`
}
