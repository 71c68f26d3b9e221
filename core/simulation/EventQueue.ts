/** Ties between events of one millisecond are broken by a number below this. */
export const tieBound = 1024

/** Where an event stands in time: earlier keys come first, and of equal keys the one that was added first. */
export const keyOf = (time: number, tie: number): number => time * tieBound + tie

/** The millisecond of a key. */
export const timeOf = (key: number): number => Math.floor(key / tieBound)

/** The lane of events that keep no order with others. */
export const noLane = -1

/**
 * Events that are to happen, earliest first: a binary heap in typed arrays, whose events live in slots that are used
 * again.
 *
 * **Details**
 *
 * An event is for the receiver `target` in its life `life`, is of a `kind` that the receiver knows, and comes from
 * `from`. Events of one `lane` happen in the order in which they were added, whoever chooses. `pop` takes the earliest
 * event out and leaves it in the fields, where it stays until the next `pop`.
 */
export class EventQueue {
  key = 0
  target = 0
  life = 0
  kind = 0
  from = 0
  message = 0
  payload: unknown = undefined

  private keys = new Float64Array(64)
  private sequences = new Float64Array(64)
  private heap = new Int32Array(64)
  private targets = new Int32Array(64)
  private lives = new Int32Array(64)
  private kinds = new Int32Array(64)
  private froms = new Int32Array(64)
  private lanes = new Int32Array(64)
  private messages = new Float64Array(64)
  private readonly payloads: Array<unknown> = []
  private free: Array<number> = []
  private slots = 0
  private sequence = 0
  size = 0

  push(
    key: number,
    target: number,
    life: number,
    kind: number,
    payload: unknown,
    lane = noLane,
    from = -1,
    message = 0
  ): void {
    const slot = this.free.length > 0 ? (this.free.pop() as number) : this.slots++
    if (slot >= this.kinds.length) this.grow()
    this.targets[slot] = target
    this.lives[slot] = life
    this.kinds[slot] = kind
    this.froms[slot] = from
    this.lanes[slot] = lane
    this.messages[slot] = message
    this.payloads[slot] = payload
    this.up(this.size++, key, this.sequence++, slot)
  }

  /** The key of the earliest event; `Infinity` where there is none. */
  firstKey(): number {
    return this.size === 0 ? Infinity : (this.keys[0] as number)
  }

  pop(): boolean {
    if (this.size === 0) return false
    this.take(0)
    return true
  }

  /** Takes the event at this place of the heap out. */
  take(at: number): void {
    const { heap, keys, sequences } = this
    const slot = heap[at] as number
    this.key = keys[at] as number
    this.target = this.targets[slot] as number
    this.life = this.lives[slot] as number
    this.kind = this.kinds[slot] as number
    this.from = this.froms[slot] as number
    this.message = this.messages[slot] as number
    this.payload = this.payloads[slot]
    this.payloads[slot] = undefined
    this.free.push(slot)
    const last = --this.size
    if (at === last) return
    const key = keys[last] as number
    const sequence = sequences[last] as number
    if (at === 0) this.down(0, key, sequence, heap[last] as number)
    else {
      // Out of the middle, the last event may belong above or below.
      this.down(at, key, sequence, heap[last] as number)
      this.up(at, keys[at] as number, sequences[at] as number, heap[at] as number)
    }
  }

  /** The places of the heap in the order in which their events would happen. */
  places(): ReadonlyArray<number> {
    const { keys, sequences } = this
    return Array.from({ length: this.size }, (_, at) => at).sort(
      (a, b) => (keys[a] as number) - (keys[b] as number) || (sequences[a] as number) - (sequences[b] as number)
    )
  }

  /** Leaves the event at this place of the heap in the fields, and where it is. */
  look(at: number): number {
    const slot = this.heap[at] as number
    this.key = this.keys[at] as number
    this.target = this.targets[slot] as number
    this.life = this.lives[slot] as number
    this.kind = this.kinds[slot] as number
    this.from = this.froms[slot] as number
    this.message = this.messages[slot] as number
    this.payload = this.payloads[slot]
    return this.lanes[slot] as number
  }

  private up(from: number, key: number, sequence: number, slot: number): void {
    const { heap, keys, sequences } = this
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      const other = keys[parent] as number
      if (other < key || (other === key && (sequences[parent] as number) < sequence)) break
      keys[at] = other
      sequences[at] = sequences[parent] as number
      heap[at] = heap[parent] as number
      at = parent
    }
    keys[at] = key
    sequences[at] = sequence
    heap[at] = slot
  }

  private down(from: number, key: number, sequence: number, slot: number): void {
    const { heap, keys, sequences, size } = this
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      let least = keys[child] as number
      if (child + 1 < size) {
        const right = keys[child + 1] as number
        if (right < least || (right === least && (sequences[child + 1] as number) < (sequences[child] as number))) {
          child++
          least = right
        }
      }
      if (key < least || (key === least && sequence < (sequences[child] as number))) break
      keys[at] = least
      sequences[at] = sequences[child] as number
      heap[at] = heap[child] as number
      at = child
    }
    keys[at] = key
    sequences[at] = sequence
    heap[at] = slot
  }

  private grow(): void {
    const length = this.kinds.length * 2
    const wider = <A extends Int32Array | Float64Array>(old: A, made: A): A => {
      made.set(old)
      return made
    }
    this.keys = wider(this.keys, new Float64Array(length))
    this.sequences = wider(this.sequences, new Float64Array(length))
    this.heap = wider(this.heap, new Int32Array(length))
    this.targets = wider(this.targets, new Int32Array(length))
    this.lives = wider(this.lives, new Int32Array(length))
    this.kinds = wider(this.kinds, new Int32Array(length))
    this.froms = wider(this.froms, new Int32Array(length))
    this.lanes = wider(this.lanes, new Int32Array(length))
    this.messages = wider(this.messages, new Float64Array(length))
  }
}
