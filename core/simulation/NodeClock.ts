/**
 * The clock of a node: whole milliseconds that run as time does, until a fault makes them run otherwise.
 *
 * **Details**
 *
 * `step` lets it jump, and only that can make it go back. `drift` lets it gain (or lose) so many milliseconds in each
 * thousand.
 */
export class NodeClock {
  private since = 0
  private local = 0
  private perMille = 0

  at(now: number): number {
    if (this.perMille === 0) return this.local + now - this.since
    return this.local + Math.floor(((now - this.since) * (1000 + this.perMille)) / 1000)
  }

  /** When the clock will show `local` or more. */
  when(local: number): number {
    if (this.perMille === 0) return this.since + local - this.local
    const at = this.since + Math.ceil(((local - this.local) * 1000) / (1000 + this.perMille))
    return this.at(at) < local ? at + 1 : at
  }

  step(now: number, byMs: number): void {
    this.local = Math.max(0, this.at(now) + byMs)
    this.since = now
  }

  drift(now: number, perMille: number): void {
    this.local = this.at(now)
    this.since = now
    this.perMille = Math.max(-900, perMille)
  }
}
