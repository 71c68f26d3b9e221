import type { Operation } from "./LinearizabilityHistory.ts"
import type { SequentialModel } from "./LinearizabilityModels.ts"

/** A set of operations that are placed, and the state that their order leads to; chained by hash. */
interface Configuration<State> {
  readonly base: number
  readonly words: ReadonlyArray<number>
  readonly state: State
  readonly next: Configuration<State> | undefined
}

/** One operation placed, after those of the frames below it. */
interface Frame<State> {
  readonly placed: number
  /** The state before it. */
  readonly state: State
  /** Whether nothing else needs to be tried in its place. */
  readonly only: boolean
  readonly below: Frame<State> | undefined
}

/**
 * What a search found: an order, or that there is none, or that it was cut short.
 *
 * **Details**
 *
 * In the second case `blocked` is the first operation (by its end) that no order explains together with everything that
 * ended before it, `order` is one order that explains all of those, and `possible` are the states (a few, where there
 * are many) that the object can have had when it answered.
 */
export type SearchResult<State, Request, Response> =
  | { readonly _tag: "Found"; readonly order: ReadonlyArray<Operation<Request, Response>>; readonly states: number }
  | {
      readonly _tag: "None"
      readonly order: ReadonlyArray<Operation<Request, Response>>
      readonly possible: ReadonlyArray<State>
      readonly blocked: Operation<Request, Response>
      readonly states: number
    }
  | { readonly _tag: "CutShort"; readonly states: number }

const manyStates = 8

/** A number that looks random, for each operation: sets are hashed by the exclusive or of their members' numbers. */
const scrambled = (index: number): number => {
  const mixed = Math.imul(index ^ (index >>> 16), 0x85ebca6b)
  const again = Math.imul(mixed ^ (mixed >>> 13) ^ 0x9e3779b9, 0xc2b2ae35)
  return again ^ (again >>> 16)
}

/**
 * Searches for an order of one partition's operations that the model and real time allow.
 *
 * **Details**
 *
 * Operations are numbered: first those that ended, by the time of their beginning, then those whose outcome is unknown.
 * Beginnings and ends of the former stand in a doubly linked list, by time. An operation can be placed next if its
 * beginning stands before the first end in the list; placing it takes it out. Arriving at an end means that nothing else
 * can be placed before it. Operations of unknown outcome are tried only then, and only where they change the state:
 * otherwise leaving them out is as good. A read is placed as soon as it can be, and nothing else is tried instead:
 * whatever explains the rest without it explains it with it.
 *
 * No set of placed operations with the same state is gone through twice. Everything below `base`, the first operation
 * that is not placed, is placed, and nothing is that began after it ended, so that only a few words of the set tell it
 * from others, however long the history is.
 */
export class LinearizabilitySearch<State, Request, Response> {
  private readonly model: SequentialModel<State, Request, Response>
  private readonly operations: ReadonlyArray<Operation<Request, Response>>
  /** How many operations ended; the others follow them. */
  private readonly ended: number
  private readonly maxStates: number
  /** The list: event 0 is before all others; `callOf` and `returnOf` say where an operation's are. */
  private readonly next: Int32Array
  private readonly previous: Int32Array
  private readonly callOf: Int32Array
  private readonly returnOf: Int32Array
  /** The operation of an event, and -1 - operation where it is the end. */
  private readonly eventOf: Int32Array
  /** 1 for the operations that ended and never change the state. */
  private readonly reads: Uint8Array
  /** In which order the operations that ended are tried. */
  private readonly rank: Int32Array
  private readonly set: Int32Array
  /** Up to which operation the set can hold anything while `base` is the first that it does not. */
  private readonly reach: Int32Array
  private readonly seen = new Map<number, Configuration<State>>()
  /** The first end in the list, as of the last search for a candidate. */
  private firstEnd = 0
  private setHash = 0
  private base = 0
  private placedEnded = 0
  private states = 0

  constructor(
    model: SequentialModel<State, Request, Response>,
    history: ReadonlyArray<Operation<Request, Response>>,
    maxStates: number
  ) {
    const known = model.infer?.(history) ?? history
    const byBeginning = known.toSorted((a, b) => a.invoked - b.invoked)
    const completed = byBeginning.filter(({ ended }) => ended !== undefined)
    const pending = byBeginning.filter(({ ended }) => ended === undefined)
    const count = completed.length
    this.model = model
    this.operations = [...completed, ...pending]
    this.ended = count
    this.maxStates = maxStates
    this.next = new Int32Array(2 * count + 2)
    this.previous = new Int32Array(2 * count + 2)
    this.callOf = new Int32Array(count)
    this.returnOf = new Int32Array(count)
    this.eventOf = new Int32Array(2 * count + 2)
    this.set = new Int32Array((history.length >> 5) + 1)
    this.reach = new Int32Array(count + 1)
    this.reads = Uint8Array.from(completed, ({ ended, request }) =>
      ended !== undefined && model.reads?.(request, ended.response) === true ? 1 : 0
    )
    this.rank = this.ranks(completed)
    this.link(completed)
  }

  private ranks(completed: ReadonlyArray<Operation<Request, Response>>): Int32Array {
    const preference = this.model.prefer?.(this.operations)
    const rank = Int32Array.from(completed, (_, index) => index)
    if (preference === undefined) return rank
    const keys = completed.map(preference)
    const order = [...rank.keys()].sort((a, b) => {
      const [one, another] = [keys[a] as number, keys[b] as number]
      return one < another ? -1 : one > another ? 1 : a - b
    })
    for (const [place, index] of order.entries()) rank[index] = place
    return rank
  }

  /** Sorts the events by time, beginnings first, and links them. */
  private link(completed: ReadonlyArray<Operation<Request, Response>>): void {
    const ends = completed.map((_, index) => index).toSorted((a, b) => this.endOf(a) - this.endOf(b))
    let begun = 0
    let event = 1
    for (const index of ends) {
      const at = this.endOf(index)
      for (let call = completed[begun]; call !== undefined && call.invoked <= at; call = completed[++begun]) {
        this.callOf[begun] = event
        this.eventOf[event++] = begun
      }
      this.reach[index] = begun
      this.returnOf[index] = event
      this.eventOf[event++] = -1 - index
    }
    this.reach[completed.length] = completed.length
    for (let at = 0; at <= event; at++) {
      this.next[at] = at + 1
      this.previous[at] = at - 1
    }
  }

  run(): SearchResult<State, Request, Response> {
    const { ended } = this
    let state = this.model.initial
    let top: Frame<State> | undefined
    let furthest = 0
    let furthestTop: Frame<State> | undefined
    let possible: Array<State> = []
    let tried = -1
    let pending = ended
    let arrived = true
    while (this.placedEnded < ended) {
      const read = arrived ? this.readAt(state) : -1
      const candidate = read >= 0 ? read : this.candidate(tried, pending)
      arrived = false
      if (candidate >= 0) {
        const after = this.tryPlacing(candidate, state)
        if (this.states > this.maxStates) return { _tag: "CutShort", states: this.states }
        if (after !== undefined) {
          top = { placed: candidate, state, only: read >= 0, below: top }
          state = after
          tried = -1
          pending = ended
          arrived = true
          continue
        }
        if (read < 0) {
          if (candidate < ended) tried = this.rank[candidate] as number
          else pending = candidate + 1
          continue
        }
      } else if (this.firstEnd > furthest) {
        furthest = this.firstEnd
        furthestTop = top
        possible = [state]
      } else if (this.firstEnd === furthest && possible.length < manyStates) this.addState(possible, state)
      for (; top?.only === true; top = top.below) this.takeBack(top.placed)
      if (top === undefined) {
        const blocked = this.operations[-1 - (this.eventOf[furthest] as number)] as Operation<Request, Response>
        return { _tag: "None", order: this.orderOf(furthestTop), possible, blocked, states: this.states }
      }
      const { below, placed }: Frame<State> = top
      state = top.state
      top = below
      this.takeBack(placed)
      tried = placed < ended ? (this.rank[placed] as number) : ended
      pending = placed < ended ? ended : placed + 1
    }
    return { _tag: "Found", order: this.orderOf(top), states: this.states }
  }

  private addState(states: Array<State>, state: State): void {
    if (!states.some((other) => this.model.same(other, state))) states.push(state)
  }

  /** What to try next: by rank, after `tried`; then those of unknown outcome, from `pending` on; else -1. */
  private candidate(tried: number, pending: number): number {
    const { eventOf, next, rank } = this
    let best = -1
    let event = next[0] as number
    for (let index = eventOf[event] as number; index >= 0; index = eventOf[event] as number) {
      const own = rank[index] as number
      if (own > tried && (best < 0 || own < (rank[best] as number))) best = index
      event = next[event] as number
    }
    this.firstEnd = event
    return best >= 0 ? best : this.pendingBefore(-1 - (eventOf[event] as number), pending)
  }

  /** A read that can be placed next; else -1. */
  private readAt(state: State): number {
    for (let event = this.next[0] as number; ; event = this.next[event] as number) {
      const index = this.eventOf[event] as number
      if (index < 0) return -1
      if (this.reads[index] === 0) continue
      const { ended, request } = this.operations[index] as Operation<Request, Response>
      if (this.model.step(state, request, ended?.response) !== undefined) return index
    }
  }

  private endOf(index: number): number {
    return this.operations[index]?.ended?.at ?? Infinity
  }

  /** The first operation of unknown outcome, from this one on, that may have happened before an end; else -1. */
  private pendingBefore(ended: number, from: number): number {
    const at = this.endOf(ended)
    for (let index = from; ; index++) {
      const operation = this.operations[index]
      if (operation === undefined || operation.invoked > at) return -1
      if (((this.set[index >> 5] as number) & (1 << (index & 31))) === 0) return index
    }
  }

  /** Places an operation, unless the model refuses it or what comes of it was seen before; the state after it. */
  private tryPlacing(index: number, state: State): State | undefined {
    const { model } = this
    const { ended, request } = this.operations[index] as Operation<Request, Response>
    const after = model.step(state, request, ended?.response)
    if (after === undefined || (ended === undefined && model.same(after, state))) return undefined
    this.place(index)
    if (this.isNew(after)) {
      this.states++
      return after
    }
    this.takeBack(index)
    return undefined
  }

  private place(index: number): void {
    const { next, previous, set } = this
    set[index >> 5] = (set[index >> 5] as number) | (1 << (index & 31))
    this.setHash ^= scrambled(index)
    if (index >= this.ended) return
    this.placedEnded++
    while (this.base < this.ended && ((set[this.base >> 5] as number) & (1 << (this.base & 31))) !== 0) this.base++
    for (const event of [this.callOf[index] as number, this.returnOf[index] as number]) {
      next[previous[event] as number] = next[event] as number
      previous[next[event] as number] = previous[event] as number
    }
  }

  /** Undoes {@link place}, of which the last is undone first. */
  private takeBack(index: number): void {
    const { next, previous, set } = this
    set[index >> 5] = (set[index >> 5] as number) & ~(1 << (index & 31))
    this.setHash ^= scrambled(index)
    if (index >= this.ended) return
    this.placedEnded--
    this.base = Math.min(this.base, index)
    for (const event of [this.returnOf[index] as number, this.callOf[index] as number]) {
      next[previous[event] as number] = event
      previous[next[event] as number] = event
    }
  }

  /** Remembers the present set with this state; whether it was not known. */
  private isNew(state: State): boolean {
    const hash = this.setHash ^ Math.imul(this.model.hash(state), 0x9e3779b1)
    const chain = this.seen.get(hash)
    const words = this.words()
    for (let at = chain; at !== undefined; at = at.next) {
      if (at.base !== this.base || at.words.length !== words.length) continue
      if (at.words.every((word, index) => word === words[index]) && this.model.same(at.state, state)) return false
    }
    this.seen.set(hash, { base: this.base, words, state, next: chain })
    return true
  }

  /** The words of the set that are not all ones, as far as it reaches, and those of unknown outcome up to the last. */
  private words(): ReadonlyArray<number> {
    const { base, ended, set } = this
    const reach = this.reach[base] as number
    const words: Array<number> = []
    for (let at = base >> 5; at << 5 < reach; at++) words.push(set[at] as number)
    let last = set.length - 1
    while (last >= ended >> 5 && set[last] === 0) last--
    for (let at = ended >> 5; at <= last; at++) words.push(set[at] as number)
    return words
  }

  private orderOf(top: Frame<State> | undefined): ReadonlyArray<Operation<Request, Response>> {
    const order: Array<Operation<Request, Response>> = []
    for (let at = top; at !== undefined; at = at.below) {
      order.push(this.operations[at.placed] as Operation<Request, Response>)
    }
    return order.reverse()
  }
}
