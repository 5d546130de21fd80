/**
 * The keys of the page; those of the list are its own.
 */
import type { Actions, Session } from "./session.ts"
import { settle, shifted, windowOf, zoomed } from "./ranges.ts"
import { type Span, SPANS } from "./view.ts"

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) || target.closest("dialog") !== null)

const spans = Object.keys(SPANS) as ReadonlyArray<Span>

/** What a key does; undefined if it does nothing. */
const actionOf = (key: string, { view }: Session, { back, change, go }: Actions): (() => void) | undefined => {
  const window = windowOf(view.range, Date.now())
  const show = (next: typeof window) => () =>
    go({ ...view, range: { kind: "between", ...settle(next) }, live: false })
  const middle = (window.start + window.end) / 2
  const span = /^[1-7]$/.test(key) ? spans[Number(key) - 1] : undefined
  if (span !== undefined) return () => go({ ...view, range: { kind: "last", span } })
  switch (key) {
    case "/":
      return () => {
        change({ drawer: true })
        requestAnimationFrame(() => document.querySelector<HTMLElement>("#search")?.focus())
      }
    case "?":
      return () => change({ showsKeys: true })
    case "ArrowLeft":
      return show(shifted(window, -0.25))
    case "ArrowRight":
      return show(shifted(window, 0.25))
    case "+":
    case "=":
      return show(zoomed(window, 0.5, middle))
    case "-":
      return show(zoomed(window, 2, middle))
    case "Backspace":
      return back
    case "l":
      return () => view.range.kind === "last" && go({ ...view, live: !view.live })
  }
  return undefined
}

export const listenToKeys = (session: Session, actions: Actions): void => {
  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
    const act = actionOf(event.key, session, actions)
    if (act === undefined) return
    event.preventDefault()
    act()
  })
}
