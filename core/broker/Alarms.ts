/** Entries that are kept whether they still count or not. */
const spare = 64

/**
 * The times at which something has to be looked at again, one for each name; a heap, so that idle things cost nothing.
 *
 * **Details**
 *
 * Setting a time again replaces the one before. Entries that were replaced stay in the heap until their time comes and are
 * then passed over, or until they are more than those that count: then the heap is built anew.
 */
export class Alarms {
  readonly #times = new Map<string, number>()
  readonly #heap: Array<{ readonly at: number; readonly name: string }> = []

  /** Entries in the heap, also those that were replaced. */
  get entries(): number {
    return this.#heap.length
  }

  /** Sets the time for `name`, or takes it away. */
  set(name: string, at: number | undefined): void {
    if (this.#times.get(name) === at) return
    if (at === undefined) {
      this.#times.delete(name)
      return
    }
    this.#times.set(name, at)
    if (this.#heap.length >= spare + 2 * this.#times.size) this.#rebuild()
    else this.#push({ at, name })
  }

  #rebuild(): void {
    this.#heap.length = 0
    for (const [name, at] of this.#times) this.#push({ at, name })
  }

  /** The next time, `undefined` when there is none. */
  next(): number | undefined {
    let top = this.#heap[0]
    while (top !== undefined && this.#times.get(top.name) !== top.at) {
      this.#pop()
      top = this.#heap[0]
    }
    return top?.at
  }

  /** Takes out one name whose time has come, `undefined` when there is none. */
  due(now: number): string | undefined {
    const at = this.next()
    if (at === undefined || at > now) return undefined
    const name = this.#heap[0]?.name
    this.#pop()
    if (name !== undefined) this.#times.delete(name)
    return name
  }

  #push(entry: { readonly at: number; readonly name: string }): void {
    const heap = this.#heap
    let index = heap.length
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || parent.at <= entry.at) break
      heap[index] = parent
      index = above
    }
    heap[index] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    while (true) {
      const left = 2 * index + 1
      const right = left + 1
      const smaller = (heap[right]?.at ?? Infinity) < (heap[left]?.at ?? Infinity) ? right : left
      const child = heap[smaller]
      if (child === undefined || child.at >= last.at) break
      heap[index] = child
      index = smaller
    }
    heap[index] = last
  }
}
