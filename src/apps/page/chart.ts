/**
 * The chart page: puts session, history, data and drawing together.
 */
import "./locale.ts"
import { render } from "lit-html"
import { fetchColumns, useKey } from "./api.ts"
import { makePlots } from "./chart/plots.ts"
import { findData } from "./data/find.ts"
import { type Picture, sceneOf } from "./data/curves.ts"
import { makeDirectory } from "./directory.ts"
import { listenToKeys } from "./keys.ts"
import { layout } from "./layout.ts"
import { makePictures } from "./picture.ts"
import { AskError } from "./problem.ts"
import { scrollToTop } from "./points/list.ts"
import { indexPoints, searchPoints } from "./points/search.ts"
import { treeRows } from "./points/tree.ts"
import { startPoints } from "./points/start.ts"
import { centred, settle, windowOf, zoomed } from "./ranges.ts"
import { keepSaved, loadSaved, withSaved } from "./panel/saved-views.ts"
import { COPIES, copyText, download } from "./share/share.ts"
import { type Actions, makeSession, type Session } from "./session.ts"
import { readUrl, writeUrl } from "./urls.ts"
import { addPoint, removePoint, START, type View } from "./view.ts"

/** How often a live chart asks for new samples, ms. */
const LIVE = 10_000

const root = document.querySelector("#page") as HTMLElement
const first = readUrl(location.search)
const session: Session = makeSession(first.view, first.complaints)

let scheduled = false
const show = (): void => {
  scheduled = false
  render(layout(session, actions), root)
}

/** Changes what is in memory; shown in one go before the next frame. */
const change = (part: Partial<Session>): void => {
  Object.assign(session, part)
  if (scheduled) return
  scheduled = true
  requestAnimationFrame(show)
}

let told: ReturnType<typeof setTimeout> | undefined
const tell = (done: string): void => {
  change({ done })
  clearTimeout(told)
  told = setTimeout(() => change({ done: "" }), 4_000)
}

const fail = (failure: unknown): void => {
  const wantsKey = failure instanceof AskError && failure.needsKey && !session.hasKey
  change({ failure, loading: false, ...(wantsKey ? { wantsKey } : {}) })
}

/** The rows of the list anew: what is found, in its groups. */
const list = (part: Partial<Session>): void => {
  Object.assign(session, part)
  const found = searchPoints(session.index, session.words)
  change({ found, rows: treeRows(found, session.grouping, session.open) })
}

const saveViews = (saved: Session["saved"]): void => {
  keepSaved(saved)
  change({ saved })
}

const paint = (): void => {
  const { known, picture, view } = session
  if (picture === null || view.points.length === 0 || view.show !== "chart") plots.clear()
  else plots.show(sceneOf(picture, known))
}

const pictures = makePictures({
  onPicture: (picture: Picture) => {
    const points = picture.view.points.length
    const announcement = `${points} ${points === 1 ? "point" : "points"} drawn`
    change({ picture, failure: null, announcement })
    paint()
    // For the profiler of the browser, and for the benchmark.
    performance.mark("drawn")
  },
  onExtra: (extra) => change({ extra }),
  onSummary: (summary) => change({ summary }),
  onFailure: fail,
  onLoading: (loading) => change({ loading })
})

const draw = (): void => {
  const { picture, view } = session
  const now = Date.now()
  // Until the fine picture is there, the coarse one is moved to where it belongs.
  if (picture !== null) plots.setWindow(windowOf(view.range, now))
  if (view.points.length === 0) paint()
  void pictures.draw(view, plots.width(), now)
}

const directory = makeDirectory({
  onPoints: (points, listed) => {
    const index = indexPoints(points)
    const known = new Map(points.map((point) => [point.point_name, point] as const))
    list({ index, known, listed })
    if (listed && session.view.points.length === 0) {
      replace({ ...session.view, points: startPoints(points) })
    } else paint()
  },
  onLatest: (latest) => {
    const all = new Map([...session.latest, ...latest.map((one) => [one.point_name, one] as const)])
    change({ latest: all })
  },
  onFailure: fail
})

/** Takes a view that the history has, or is about to have. */
const take = (view: View): void => {
  const moved = view.site !== session.view.site
  change({ view, failure: null, pointed: null })
  if (moved) {
    const nothing = { index: [], known: new Map(), listed: false, latest: new Map(), found: [], rows: [] }
    change({ ...nothing, marked: 0, picture: null })
    plots.clear()
    if (view.site !== "") directory.open(view.site)
  }
  document.title = view.site === "" ? "Building Vitals" : `${view.site} · Building Vitals`
  draw()
}

const replace = (view: View): void => {
  history.replaceState(history.state, "", writeUrl(view) || location.pathname)
  take(view)
}

const start = async (): Promise<void> => {
  try {
    const sites = await directory.sites()
    change({ sites })
    const [site] = sites
    if (session.view.site === "" && site !== undefined) replace({ ...session.view, site })
  } catch (error) {
    fail(error)
  }
}

/** Everything anew: after a failure, or with another key. */
const again = (): void => {
  pictures.forget()
  change({ failure: null })
  void start()
  if (session.view.site !== "") directory.open(session.view.site)
  draw()
}

const actions: Actions = {
  change,
  go: (view) => {
    const url = writeUrl(view) || location.pathname
    if (url === `${location.search || location.pathname}`) return
    history.pushState({ before: true }, "", url)
    take(view)
  },
  search: (words) => {
    list({ words, marked: 0 })
    scrollToTop()
  },
  group: (grouping) => {
    list({ grouping, open: new Set(), marked: 0 })
    scrollToTop()
  },
  fold: (path) => {
    const open = new Set(session.open)
    if (!open.delete(path)) open.add(path)
    list({ open })
  },
  keep: (name) => saveViews(withSaved(session.saved, { name, search: writeUrl(session.view) })),
  open: ({ search }) => actions.go(readUrl(search).view),
  forget: ({ name }) => saveViews(session.saved.filter((view) => view.name !== name)),
  toggle: (point) => {
    const { view } = session
    actions.go(view.points.includes(point) ? removePoint(view, point) : addPoint(view, point))
  },
  back: () => {
    if ((history.state as { readonly before?: boolean } | null)?.before === true) return history.back()
    const window = windowOf(session.view.range, Date.now())
    actions.go({ ...session.view, range: { kind: "between", ...zoomed(window, 2, (window.start + window.end) / 2) } })
  },
  retry: again,
  useKey: (key) => {
    useKey(key)
    change({ hasKey: key !== null, wantsKey: false })
    again()
  },
  see: directory.see,
  download: (kind) => {
    download(kind, session.view, session.known, plots.canvases()).then(() => tell("Download begun"), fail)
  },
  copy: (kind) => {
    navigator.clipboard.writeText(copyText(kind, session.view)).then(() => tell(`${COPIES[kind]} copied`), fail)
  },
  explain: () => {
    const { picture } = session
    if (picture === null) return
    const question = { ...picture.answer.form, point_name: [...session.view.points], explain: true }
    fetchColumns(question, new AbortController().signal).then((explained) => change({ explained }), fail)
  },
  goToData: (point) => {
    const { known, view } = session
    const window = windowOf(view.range, Date.now())
    findData(view.site, point, known.get(point), window).then((at) => {
      if (at !== null) actions.go({ ...view, range: { kind: "between", ...centred(window, at) }, live: false })
      else change({ announcement: "There is no data outside this range" })
    }, fail)
  }
}

Object.assign(session, { saved: loadSaved() })
show()
const plots = makePlots(document.querySelector("#plots") as HTMLElement, {
  onWindow: (window) => actions.go({ ...session.view, range: { kind: "between", ...settle(window) }, live: false }),
  onBack: actions.back,
  onPoint: (pointed) => change({ pointed })
})
addEventListener("popstate", () => {
  const { complaints, view } = readUrl(location.search)
  change({ complaints })
  take(view)
})
listenToKeys(session, actions)

let width = plots.width()
let resized: ReturnType<typeof setTimeout> | undefined
const onResize = (): void => {
  plots.refresh()
  if (plots.width() === width) return
  width = plots.width()
  draw()
}
new ResizeObserver(() => {
  clearTimeout(resized)
  resized = setTimeout(onResize, 100)
}).observe(document.querySelector("#plots") as HTMLElement)
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plots.refresh())

const follow = (): void => {
  if (!session.view.live || document.hidden) return
  pictures.forget()
  draw()
}
setInterval(follow, LIVE)
document.addEventListener("visibilitychange", follow)

void start()
if (session.view.site !== START.site) take({ ...session.view, site: session.view.site })
if (session.view.site !== "") directory.open(session.view.site)
