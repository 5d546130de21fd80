/**
 * Views with names: keep the present one, open or forget another.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import type { Actions, Session } from "../session.ts"

export const savedViews = ({ saved }: Session, actions: Actions): TemplateResult => {
  const keep = (event: SubmitEvent): void => {
    event.preventDefault()
    const field = (event.currentTarget as HTMLFormElement).querySelector("input")
    const name = field?.value.trim() ?? ""
    if (field === null || name === "") return
    field.value = ""
    actions.keep(name)
  }
  const count = saved.length === 0 ? nothing : ` (${saved.length})`
  return html`<details class="saved"><summary>Saved views${count}</summary>
    <div class="menu"><ul>${saved.map((view) => html`<li>
      <button @click=${() => actions.open(view)}>${view.name}</button>
      <button aria-label=${`Forget ${view.name}`} title="Forget" @click=${() => actions.forget(view)}>✕</button>
    </li>`)}</ul>
    <form @submit=${keep}><input aria-label="Name of this view" placeholder="Name of this view" maxlength="80">
      <button type="submit">Save</button></form></div>
  </details>`
}
