/**
 * Views that a person named, kept by the browser. A view is kept as its URL, so that it means the same as a link.
 */
const KEY = "saved-views"

export interface SavedView {
  readonly name: string
  /** As `writeUrl` makes it. */
  readonly search: string
}

const isSaved = (value: unknown): value is SavedView =>
  typeof value === "object" && value !== null && "name" in value && typeof value.name === "string" &&
  "search" in value && typeof value.search === "string"

/** What another version or another hand left is passed over. */
export const readSaved = (text: string | null): ReadonlyArray<SavedView> => {
  try {
    const value: unknown = JSON.parse(text ?? "[]")
    return Array.isArray(value) ? value.filter(isSaved) : []
  } catch {
    return []
  }
}

/** Sorted by name; a name that is there already gets the new view. */
export const withSaved = (views: ReadonlyArray<SavedView>, view: SavedView): ReadonlyArray<SavedView> =>
  [...views.filter(({ name }) => name !== view.name), view].toSorted((a, b) => a.name.localeCompare(b.name))

export const loadSaved = (): ReadonlyArray<SavedView> => readSaved(localStorage.getItem(KEY))

export const keepSaved = (views: ReadonlyArray<SavedView>): void => localStorage.setItem(KEY, JSON.stringify(views))
