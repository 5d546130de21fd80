/**
 * Neumaier's compensated sum: it adds up what each addition rounds away, so that neither the order nor the number of
 * terms matters much.
 */
export class CompensatedSum {
  #sum = 0
  #lost = 0

  add(term: number): void {
    const sum = this.#sum
    const next = sum + term
    this.#lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum
    this.#sum = next
  }

  /** The sum so far; infinite where the doubles overflow. */
  get total(): number {
    return Number.isFinite(this.#sum) ? this.#sum + this.#lost : this.#sum
  }
}
