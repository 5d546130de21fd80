/** Counts what a program takes and what it has done with, and so the most that it holds at once. For tests of law 9. */
export class Held {
  taken = 0
  most = 0
  passed = 0

  take(count: number): void {
    this.taken += count
    this.most = Math.max(this.most, this.taken - this.passed)
  }

  pass(count: number): void {
    this.passed += count
  }
}
