/** The numbers that a node gave to its requests, in each of its lives those of one stretch. */
export class RequestNumbers {
  private readonly first: Array<number> = []
  private readonly last: Array<number> = []

  /** Another life begins. */
  begins(): void {
    this.first.push(Infinity)
    this.last.push(-Infinity)
  }

  /** Takes note of a number; false where it was one of an earlier life. */
  isNew(number: number): boolean {
    const { first, last } = this
    const life = first.length - 1
    for (let at = 0; at < life; at++) {
      if (number >= (first[at] as number) && number <= (last[at] as number)) return false
    }
    first[life] = Math.min(first[life] as number, number)
    last[life] = Math.max(last[life] as number, number)
    return true
  }
}
