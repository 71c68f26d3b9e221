/** Whether an operation changes the object, and then has a position of its own, or only looks at it. */
export type WitnessedKind = "read" | "write"

/**
 * What a {@link Witness} found.
 *
 * **Details**
 *
 * - `TakenTwice`: two writes claim the same position
 * - `OutOfOrder`: a write claims a position no later than what had ended before it began
 * - `StaleRead`: a read misses something that had ended before it began
 *
 * `other` is the operation that claimed the position first, or that had ended with position `known`.
 */
export interface WitnessViolation {
  readonly reason: "TakenTwice" | "OutOfOrder" | "StaleRead"
  readonly operation: number
  readonly position: number
  readonly other: number
  readonly known: number
  readonly message: string
}

interface Open {
  readonly floor: number
  readonly floorBy: number
}

/**
 * Checks linearizability in one step for each event, where the system under test tells the order itself.
 *
 * **When to use**
 *
 * For a replicated log and what is built on it: every write is told its position in the order of commits, every read the
 * last position that it saw. Then nothing has to be searched for: that order is the witness, and it only has to agree
 * with real time. For histories without positions there is `checkLinearizable`.
 *
 * **Details**
 *
 * - `invoked`: an operation begins. Its id is any number that no other operation of this history has
 * - `ended`: it ended, and claims `position`: a write its own, a read that of the last write it saw (the number before
 *   the first position where it saw none)
 * - `found`: an operation that never ended turned out to have happened at `position`
 * - `dropped`: it certainly did not happen, or nobody will ever know
 * - `violation`: the first thing that was wrong; `undefined` where nothing is
 *
 * Positions are whole numbers that grow along the order; they may have gaps. The order agrees with real time exactly if
 * no operation claims a position before the greatest that had ended when it began: so one number is kept, the greatest
 * position that ended, and each operation remembers it from its beginning. Each call takes constant time, and memory
 * grows by one number a write.
 *
 * **Gotchas**
 *
 * That a write's effect and a read's result are those of the position they claim is for somebody else to check: compare
 * them with a model that applies the writes in order.
 */
export class Witness {
  private readonly open = new Map<number, Open>()
  private readonly taken = new Map<number, number>()
  private first: WitnessViolation | undefined
  private floor = -Infinity
  private floorBy = -1

  invoked(operation: number): void {
    if (this.open.has(operation)) {
      throw new RangeError(`Operation ${operation} is under way already; give each operation a number of its own.`)
    }
    this.open.set(operation, { floor: this.floor, floorBy: this.floorBy })
  }

  ended(operation: number, position: number, kind: WitnessedKind): void {
    this.found(operation, position, kind)
    if (position <= this.floor) return
    this.floor = position
    this.floorBy = operation
  }

  found(operation: number, position: number, kind: WitnessedKind): void {
    const began = this.open.get(operation)
    if (began === undefined) {
      throw new RangeError(`Operation ${operation} is not under way; tell of its beginning first, and of its end once.`)
    }
    this.open.delete(operation)
    if (kind === "read") {
      if (position < began.floor) {
        const message = `Read ${operation} saw position ${position}, but operation ${began.floorBy} had ended at ${began.floor} before it began.`
        this.violate("StaleRead", operation, position, began.floorBy, began.floor, message)
      }
      return
    }
    const other = this.taken.get(position)
    if (other !== undefined) {
      const message = `Writes ${other} and ${operation} both claim position ${position}.`
      this.violate("TakenTwice", operation, position, other, position, message)
    } else this.taken.set(position, operation)
    if (position > began.floor) return
    const message = `Write ${operation} claims position ${position}, but operation ${began.floorBy} had ended at ${began.floor} before it began.`
    this.violate("OutOfOrder", operation, position, began.floorBy, began.floor, message)
  }

  dropped(operation: number): void {
    this.open.delete(operation)
  }

  violation(): WitnessViolation | undefined {
    return this.first
  }

  private violate(
    reason: WitnessViolation["reason"],
    operation: number,
    position: number,
    other: number,
    known: number,
    message: string
  ): void {
    this.first ??= { reason, operation, position, other, known, message }
  }
}
