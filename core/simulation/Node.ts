import type { Machine } from "../machine/index.ts"
import type { Meaning } from "./Meaning.ts"

/**
 * A life of a node, from its start to its crash.
 *
 * **Details**
 *
 * - `machine`, `state`, `tick` and `perform` are those of the driver that runs the machine outside the simulation; an
 *   output may mean several things, done in order
 * - `received` makes the input that a message is
 * - `stepped` looks at the machine after each step, before its outputs are performed: the place for invariants
 * - `label` names inputs, outputs and messages for people (their `_tag`), `status` is the node's account of itself
 * - `digest` sums up the state for a search; without it all of the state counts
 * - `inputDigest` sums up an input for the hash of the run, where its name alone says too little
 */
export interface Life<State, Input, Output, Message> {
  readonly machine: Machine<State, Input, Output>
  readonly state: State
  readonly tick: (now: number) => Input
  readonly perform: (output: Output) => Meaning<Input> | ReadonlyArray<Meaning<Input>>
  readonly received?: (from: string, message: Message) => Input
  readonly stepped?: (state: State, input: Input) => void
  readonly label?: (one: Input | Output | Message) => string
  readonly status?: (state: State) => string
  readonly digest?: (state: State) => number
  readonly inputDigest?: (input: Input) => number
}

/** Messages as bytes, for runs in which every message goes through them. */
export interface MessageCodec<Message> {
  readonly encode: (message: Message) => Uint8Array
  readonly decode: (bytes: Uint8Array) => Message
}

/**
 * What a node is made from.
 *
 * **Details**
 *
 * `boot` begins a life, at the first start and at every restart; what outlives a crash (a disk, a model) is held
 * outside of it. With `restarts: false` a crashed node stays dead, and the scenario starts a successor, in `crashed` or
 * later. With `crashes: false` it never crashes by chance. `crashed` is told of every crash; with `power` the machine lost its power, and the disk what was not synced.
 */
export interface NodeOptions<State, Input, Output, Message> {
  readonly name: string
  readonly boot: (node: Node<State, Input>) => Life<State, Input, Output, Message>
  readonly restarts?: boolean
  readonly crashes?: boolean
  readonly crashed?: (power: boolean) => void
  readonly codec?: MessageCodec<Message>
}

/**
 * A place with a name, a clock and a life.
 *
 * **Details**
 *
 * `feed` steps the machine with an input, after the time where its clock has moved; a machine that is being stepped
 * takes it afterwards, and a dead one not at all. `crash` and `stop` end the life: its tasks are dropped, except remote
 * ones that are on their way. `stop` is how a node ends in order: it stays dead when everything heals. `restart` begins
 * another life where there is none. While it is paused nothing happens at it and its clock goes on; what waited happens
 * when it has been resumed as often. `now` is the node's own clock.
 */
export interface Node<State, Input> {
  readonly name: string
  readonly alive: () => boolean
  readonly state: () => State
  readonly now: () => number
  readonly feed: (input: Input) => void
  readonly crash: (power?: boolean) => void
  readonly restart: () => void
  readonly stop: () => void
  readonly pause: () => void
  readonly resume: () => void
}
