/**
 * Sets styles of an element from a template. The policy of the page forbids style attributes, which lit's own
 * `styleMap` writes at first; properties it allows.
 */
import { noChange } from "lit-html"
import { directive, Directive, type ElementPart } from "lit-html/directive.js"

class Styled extends Directive {
  override render(_styles: Readonly<Record<string, string>>): typeof noChange {
    return noChange
  }

  override update({ element }: ElementPart, [styles]: [Readonly<Record<string, string>>]): typeof noChange {
    for (const [name, value] of Object.entries(styles)) (element as HTMLElement).style.setProperty(name, value)
    return noChange
  }
}

/** Stands in a tag by itself: `<li ${styled({ top: "56px" })}>`. */
export const styled = directive(Styled)
