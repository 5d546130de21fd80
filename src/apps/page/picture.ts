/**
 * Gets what a view shows: the coarse picture moves at once, the fine one comes when it is answered. A request that
 * another one made needless is cancelled, and its answer is never shown.
 */
import type { Picture } from "./data/curves.ts"
import { type Answer, makeLoader, makeNewest } from "./data/loader.ts"
import { extraForm, pictureForm, summaryForm } from "./data/question.ts"
import { wasCancelled } from "./problem.ts"
import { windowOf } from "./ranges.ts"
import { COMPARES, type View } from "./view.ts"

interface Told {
  readonly onPicture: (picture: Picture) => void
  /** What another picture than the chart needs; null where none does. */
  readonly onExtra: (extra: Answer | null) => void
  readonly onSummary: (summary: Answer) => void
  readonly onFailure: (error: unknown) => void
  readonly onLoading: (loading: boolean) => void
}

/** Figures of the range are asked once a view has stayed so long, ms: the next picture must not wait for them. */
const REST = 250

export const makePictures = ({ onFailure, onExtra, onLoading, onPicture, onSummary }: Told) => {
  const { forget, load } = makeLoader()
  const drawing = makeNewest()
  const summing = makeNewest()
  let resting: ReturnType<typeof setTimeout> | undefined

  const askPicture = async (view: View, width: number, now: number, signal: AbortSignal): Promise<Picture> => {
    const window = windowOf(view.range, now)
    const shift = COMPARES[view.compare]
    const before = { start: window.start - shift, end: window.end - shift }
    const [answer, past] = await Promise.all([
      load(pictureForm(view, window, width), view.points, signal),
      shift === 0 ? null : load(pictureForm(view, before, width), view.points, signal)
    ])
    const form = extraForm(view, window)
    onExtra(form === null ? null : await load(form, view.points, signal))
    return { view, window, answer, past }
  }

  const askSummary = (view: View, now: number): void => {
    summing.run((signal) => load(summaryForm(view, windowOf(view.range, now)), view.points, signal))
      .then(onSummary, (error: unknown) => {
        if (!wasCancelled(error)) onFailure(error)
      })
  }

  return {
    forget,
    /** @param width of the drawn area, pixels of the screen */
    draw: async (view: View, width: number, now: number): Promise<void> => {
      clearTimeout(resting)
      summing.cancel()
      if (view.site === "" || view.points.length === 0) return drawing.cancel()
      onLoading(true)
      try {
        onPicture(await drawing.run((signal) => askPicture(view, width, now, signal)))
        onLoading(false)
        resting = setTimeout(() => askSummary(view, now), REST)
      } catch (error) {
        if (wasCancelled(error)) return
        onLoading(false)
        onFailure(error)
      }
    }
  }
}
