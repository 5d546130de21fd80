/**
 * The list of points: search, and the rows that are in sight, with last value and age.
 */
import { html, nothing, type TemplateResult } from "lit-html"
import { live } from "lit-html/directives/live.js"
import type { Actions, Session } from "../session.ts"
import { styled } from "../styled.ts"
import { MAX_POINTS } from "../view.ts"
import type { Found } from "./search.ts"
import type { Grouping, TreeRow } from "./tree.ts"
import { ageText, numberText, unitText } from "./units.ts"

/** The height of a row, as in the style sheet. */
const ROW = 56
/** How far the rows of a group stand to the right of it. */
const INDENT = 18
/** Rows drawn above and below those in sight. */
const SPARE = 6

let scrolled = { top: 0, height: 800 }

/** Adds or removes the point of a row, opens or closes its group. */
const pick = (actions: Actions, row: TreeRow | undefined): void => {
  if (row?.kind === "point") actions.toggle(row.found.point.point_name)
  else if (row?.kind === "group") actions.fold(row.path)
}

const mark = (session: Session, actions: Actions, place: number): void => {
  const marked = Math.max(0, Math.min(session.rows.length - 1, place))
  actions.change({ marked })
  const rows = document.querySelector("#rows")
  if (rows === null) return
  if (marked * ROW < rows.scrollTop) rows.scrollTop = marked * ROW
  else if ((marked + 1) * ROW > rows.scrollTop + rows.clientHeight) {
    rows.scrollTop = (marked + 1) * ROW - rows.clientHeight
  }
}

const onKey = (session: Session, actions: Actions) => (event: KeyboardEvent): void => {
  const page = Math.max(1, Math.floor(scrolled.height / ROW) - 1)
  const moves: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }
  const move = moves[event.key]
  if (move !== undefined) mark(session, actions, session.marked + move)
  else if (event.key === "Enter") pick(actions, session.rows[session.marked])
  else if (event.key === "Escape") {
    if (session.words !== "") actions.search("")
    else actions.change({ drawer: false })
  } else return
  event.preventDefault()
}

const lastOf = ({ latest }: Session, { point }: Found): TemplateResult => {
  const at = latest.get(point.point_name)
  const stamp = at?.timestamp ?? point.last_timestamp
  return html`<span class="last">
    <b>${at === undefined ? "" : numberText(at.value)}</b> ${(at?.value ?? null) === null ? "" : unitText(point.unit)}
    <small>${stamp === null ? "no data" : ageText(Date.now() - stamp)}</small>
  </span>`
}

const pointOf = (session: Session, { depth, found }: TreeRow & { readonly kind: "point" }): TemplateResult => {
  const { point, title } = found
  const chosen = session.view.points.indexOf(point.point_name)
  return html`<span ${styled({ "margin-left": `${depth * INDENT}px` })}
      class=${chosen < 0 ? "tick" : `tick hue-${chosen % 8}`} aria-hidden="true">${chosen < 0 ? "+" : "✓"}</span>
    <span class="name" title=${point.point_name}><b>${title}</b><small>${point.point_name}</small></span>
    ${lastOf(session, found)}`
}

const groupOf = ({ count, depth, open, title }: TreeRow & { readonly kind: "group" }): TemplateResult =>
  html`<span class="fold" aria-hidden="true" ${styled({ "margin-left": `${depth * INDENT}px` })}>${open ? "▾" : "▸"}
    </span><span class="name"><b>${title}</b><small>${count} points, ${open ? "open" : "closed"}</small></span>`

const rowOf = (session: Session, actions: Actions, row: TreeRow, place: number): TemplateResult =>
  html`<li
    id=${`row-${place}`}
    role="option"
    class=${place === session.marked ? "marked" : ""}
    aria-selected=${row.kind === "point" && session.view.points.includes(row.found.point.point_name)}
    aria-setsize=${session.rows.length}
    aria-posinset=${place + 1}
    ${styled({ top: `${place * ROW}px` })}
    @mousedown=${(event: Event) => event.preventDefault()}
    @click=${() => {
      actions.change({ marked: place })
      pick(actions, row)
    }}
  >${row.kind === "point" ? pointOf(session, row) : groupOf(row)}</li>`

const rows = (session: Session, actions: Actions): TemplateResult => {
  const all = session.rows
  const from = Math.max(0, Math.floor(scrolled.top / ROW) - SPARE)
  const to = Math.min(all.length, Math.ceil((scrolled.top + scrolled.height) / ROW) + SPARE)
  const seen = all.slice(from, to)
  actions.see(seen.flatMap((row) => row.kind === "point" ? [row.found.point.point_name] : []))
  return html`<div
    id="rows"
    role="group"
    aria-label="Results"
    tabindex="0"
    @keydown=${onKey(session, actions)}
    @scroll=${({ currentTarget }: Event & { currentTarget: Element }) => {
      scrolled = { top: currentTarget.scrollTop, height: currentTarget.clientHeight }
      actions.change({})
    }}
  >
    <ul id="options" role="listbox" aria-label="Points" aria-multiselectable="true"
      ${styled({ height: `${all.length * ROW}px` })}>
      ${seen.map((row, i) => rowOf(session, actions, row, from + i))}
    </ul>
  </div>`
}

const GROUPINGS: Readonly<Record<Grouping, string>> = { list: "List", device: "Devices", name: "Names" }

const groupings = ({ grouping }: Session, actions: Actions): TemplateResult =>
  html`<div class="group groupings" role="group" aria-label="Order points by">
    ${(Object.keys(GROUPINGS) as Array<Grouping>).map((one) =>
      html`<button aria-pressed=${one === grouping} @click=${() => actions.group(one)}>${GROUPINGS[one]}</button>`)}
  </div>`

const countText = ({ found, index, listed, view, words }: Session): string => {
  if (view.site === "") return "Choose a site first."
  if (!listed) return `${index.length.toLocaleString("en")} points so far …`
  if (found.length === 0) return `No point of ${view.site} has all of these words.`
  const all = `${found.length.toLocaleString("en")} points`
  return words === "" ? all : `${all} of ${index.length.toLocaleString("en")}`
}

/** For the start of another search: the list begins at its top. */
export const scrollToTop = (): void => {
  scrolled = { ...scrolled, top: 0 }
  document.querySelector("#rows")?.scrollTo(0, 0)
}

export const pointList = (session: Session, actions: Actions): TemplateResult => {
  const { marked, view, words } = session
  return html`<aside class=${session.drawer ? "list open" : "list"} aria-label="Find points">
    <div class="search">
      <input
        id="search"
        type="search"
        role="combobox"
        aria-label="Search points"
        aria-controls="options"
        aria-expanded="true"
        aria-autocomplete="list"
        aria-activedescendant=${session.rows.length > 0 ? `row-${marked}` : nothing}
        placeholder="Search name, unit, device, tag"
        autocomplete="off"
        spellcheck="false"
        .value=${live(words)}
        @input=${({ currentTarget }: Event & { currentTarget: HTMLInputElement }) =>
          actions.search(currentTarget.value)}
        @keydown=${onKey(session, actions)}
      >
      <button class="close" @click=${() => actions.change({ drawer: false })}>Done</button>
    </div>
    ${groupings(session, actions)}
    <p class="count" role="status">${countText(session)}
      ${view.points.length >= MAX_POINTS ? `A chart has at most ${MAX_POINTS} points.` : nothing}</p>
    ${rows(session, actions)}
  </aside>`
}
