/**
 * The menu of what can be taken away.
 */
import { html, type TemplateResult } from "lit-html"
import type { Actions } from "../session.ts"
import { COPIES, type Copy, type Download, DOWNLOADS } from "../share/share.ts"

export const takeMenu = ({ copy, download }: Actions): TemplateResult =>
  html`<div class="group" role="group" aria-label="Download">
      <span class="label" aria-hidden="true">Download</span>
      ${(Object.keys(DOWNLOADS) as Array<Download>).map((kind) =>
        html`<button aria-label=${`Download ${DOWNLOADS[kind]}`} @click=${() => download(kind)}>${DOWNLOADS[kind]}
        </button>`)}
    </div>
    <div class="group" role="group" aria-label="Copy">
      <span class="label" aria-hidden="true">Copy</span>
      ${(Object.keys(COPIES) as Array<Copy>).map((kind) =>
        html`<button aria-label=${`Copy ${COPIES[kind]}`} @click=${() => copy(kind)}>${COPIES[kind]}</button>`)}
    </div>`
