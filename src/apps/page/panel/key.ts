/**
 * The dialog that asks for an API key. The key is handed on and kept nowhere here.
 */
import { html, type TemplateResult } from "lit-html"

interface KeyActions {
  readonly useKey: (key: string | null) => void
  readonly close: () => void
}

/** Opened by the attribute, so that it takes the focus and gives it back. */
export const showModal = (open: boolean) => (element: Element | undefined): void => {
  if (!(element instanceof HTMLDialogElement)) return
  if (open && !element.open) {
    element.showModal()
    // Its content comes after it.
    queueMicrotask(() => element.querySelector<HTMLElement>("[autofocus]")?.focus())
  }
  if (!open && element.open) element.close()
}

export const keyDialog = (hasKey: boolean, { close, useKey }: KeyActions): TemplateResult => {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const field = (event.currentTarget as HTMLFormElement).querySelector("input")
    const text = field?.value.trim() ?? ""
    if (field !== null) field.value = ""
    useKey(text === "" ? null : text)
  }
  return html`<form @submit=${submit}>
    <h2>API key</h2>
    <p>It is kept in the memory of this page until you close it, and sent with each request as a header.</p>
    <input type="password" name="key" aria-label="API key" autocomplete="off" autofocus>
    <div class="buttons">
      <button type="submit" class="primary">Use this key</button>
      ${hasKey ? html`<button type="button" @click=${() => useKey(null)}>Forget the key</button>` : ""}
      <button type="button" @click=${close}>Cancel</button>
    </div>
  </form>`
}
