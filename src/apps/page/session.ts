/**
 * What the page holds in memory: the view, what is known of the site, and what was answered.
 */
import type { Columns, Latest } from "./api.ts"
import type { Pointed } from "./chart/plots.ts"
import type { Known, Picture } from "./data/curves.ts"
import type { Answer } from "./data/loader.ts"
import type { Found } from "./points/search.ts"
import type { Grouping, TreeRow } from "./points/tree.ts"
import type { SavedView } from "./panel/saved-views.ts"
import type { Copy, Download } from "./share/share.ts"
import type { View } from "./view.ts"

export interface Session {
  view: View
  complaints: ReadonlyArray<string>
  sites: ReadonlyArray<string> | null
  /** The points of the site, as far as they have come. */
  index: ReadonlyArray<Found>
  known: Known
  listed: boolean
  latest: ReadonlyMap<string, Latest>
  /** What is typed into the search. */
  words: string
  found: ReadonlyArray<Found>
  grouping: Grouping
  /** The paths of the groups that are open. */
  open: ReadonlySet<string>
  /** The rows of the list: what is found, in its groups. */
  rows: ReadonlyArray<TreeRow>
  /** The place of the marked row. */
  marked: number
  /** Whether the list is open where there is no room beside the chart. */
  drawer: boolean
  /** Null until the first answer. */
  picture: Picture | null
  summary: Answer | null
  /** For the pictures that are no chart. */
  extra: Answer | null
  loading: boolean
  failure: unknown
  /** Whether the dialog that asks for a key is open. */
  wantsKey: boolean
  hasKey: boolean
  showsKeys: boolean
  /** Whether the options are open where there is no room for them. */
  showsOptions: boolean
  /** The answer that is explained; null where none is. */
  explained: Columns | null
  saved: ReadonlyArray<SavedView>
  /** What was done, for a moment. */
  done: string
  pointed: Pointed | null
  /** Said to those who listen rather than look. */
  announcement: string
}

export const makeSession = (view: View, complaints: ReadonlyArray<string>): Session => ({
  view,
  complaints,
  sites: null,
  index: [],
  known: new Map(),
  listed: false,
  latest: new Map(),
  words: "",
  found: [],
  grouping: "list",
  open: new Set(),
  rows: [],
  marked: 0,
  drawer: false,
  picture: null,
  summary: null,
  extra: null,
  loading: false,
  failure: null,
  wantsKey: false,
  hasKey: false,
  showsKeys: false,
  showsOptions: false,
  explained: null,
  saved: [],
  done: "",
  pointed: null,
  announcement: ""
})

/** What the parts of the page may do. */
export interface Actions {
  /** Shows another view; it becomes an entry of the history. */
  readonly go: (view: View) => void
  /** Changes what is in memory, and shows it. */
  readonly change: (part: Partial<Session>) => void
  readonly search: (words: string) => void
  readonly group: (grouping: Grouping) => void
  /** Opens or closes a group of points. */
  readonly fold: (path: string) => void
  readonly toggle: (point: string) => void
  readonly keep: (name: string) => void
  readonly open: (saved: SavedView) => void
  readonly forget: (saved: SavedView) => void
  readonly back: () => void
  readonly retry: () => void
  readonly useKey: (key: string | null) => void
  /** Asks for the last values of points whose rows are seen. */
  readonly see: (points: ReadonlyArray<string>) => void
  readonly goToData: (point: string) => void
  readonly download: (kind: Download) => void
  readonly copy: (kind: Copy) => void
  readonly explain: () => void
}
