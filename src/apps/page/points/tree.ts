/**
 * Points as a tree: by device, or by the parts of their names. Data in, data out.
 */
import type { Found } from "./search.ts"

export type Grouping = "list" | "device" | "name"

/** A row of the tree: a group, or a point in it. */
export type TreeRow =
  | {
    readonly kind: "group"
    readonly path: string
    readonly title: string
    readonly depth: number
    readonly count: number
    readonly open: boolean
  }
  | { readonly kind: "point"; readonly found: Found; readonly depth: number }

/** The groups of a point, from the outermost in; the last part of a name is the point itself. */
const pathOf = ({ point }: Found, grouping: Grouping): ReadonlyArray<string> => {
  if (grouping === "list") return []
  return grouping === "device" ? [point.device ?? "no device"] : point.point_name.split("/").slice(0, -1)
}

interface Group {
  readonly groups: Map<string, Group>
  readonly points: Array<Found>
  count: number
}

const newGroup = (): Group => ({ groups: new Map(), points: [], count: 0 })

const grow = (all: ReadonlyArray<Found>, grouping: Grouping): Group => {
  const root = newGroup()
  for (const found of all) {
    let group = root
    group.count++
    for (const part of pathOf(found, grouping)) {
      const next = group.groups.get(part) ?? newGroup()
      group.groups.set(part, next)
      next.count++
      group = next
    }
    group.points.push(found)
  }
  return root
}

/** A chain of groups that hold nothing but the next one is one row: `demo/plant-1`. */
const shorten = (title: string, group: Group): readonly [title: string, group: Group] => {
  const [only] = group.groups
  return group.groups.size === 1 && group.points.length === 0 && only !== undefined
    ? shorten(`${title}/${only[0]}`, only[1])
    : [title, group]
}

const rowsIn = (group: Group, path: string, depth: number, open: ReadonlySet<string>): ReadonlyArray<TreeRow> => [
  ...[...group.groups].flatMap(([part, inner]) => {
    const [title, last] = shorten(part, inner)
    const own = `${path}/${title}`
    const isOpen = open.has(own)
    const row: TreeRow = { kind: "group", path: own, title, depth, count: last.count, open: isOpen }
    return isOpen ? [row, ...rowsIn(last, own, depth + 1, open)] : [row]
  }),
  ...group.points.map((found): TreeRow => ({ kind: "point", found, depth }))
]

/** @param open the paths of the groups that are open */
export const treeRows = (
  found: ReadonlyArray<Found>,
  grouping: Grouping,
  open: ReadonlySet<string>
): ReadonlyArray<TreeRow> => rowsIn(grow(found, grouping), "", 0, open)
