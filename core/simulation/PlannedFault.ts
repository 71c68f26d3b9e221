/** What all timed faults say: `at` is in milliseconds since the beginning of the phase (0 where it is left out). */
interface Timed {
  readonly at: number
  readonly phase?: number
}

/**
 * A fault that happens at its time; everything that its effect needs is in it.
 *
 * **Details**
 *
 * `links` are `from>to`, by the names of the nodes; `until` is a time like `at`. A fault that makes no sense any more
 * (its node is dead, or gone) does nothing.
 *
 * - `crash`: the node crashes, or the leader where `leader` says so and one is known, and begins again `downMs` later.
 *   `power` takes the unsynced writes with it. With `after` it crashes at the `nth` effect (an effect is done, and its
 *   answer not heard) or output (it is not started) from `at` on
 * - `wipe`: the node crashes, and its disk is empty when it begins again
 * - `pause`: nothing happens at the node, while its clock goes on
 * - `clock step`, `clock drift`: the clock jumps by `byMs`, or gains `perMille` milliseconds in a thousand
 * - `cut`: what is sent or arrives on the links is lost; `shape` is for people
 * - `clog`: what arrives on the links waits
 * - `slow`: the links take `addMs` longer
 * - `burst`: so many percent more messages of the links are lost, duplicated or reordered
 * - `sync fails`, `disk full`, `rot`, `misdirect`: what the node's disk does; `seed` is that of the details
 */
export type PlannedFault =
  | (Timed & {
      readonly kind: "crash"
      readonly node: string
      readonly leader?: boolean
      readonly power: boolean
      readonly downMs: number
      readonly after?: "effect" | "output"
      readonly nth?: number
    })
  | (Timed & { readonly kind: "wipe"; readonly node: string; readonly downMs: number })
  | (Timed & { readonly kind: "pause"; readonly node: string; readonly until: number })
  | (Timed & { readonly kind: "clock step"; readonly node: string; readonly byMs: number })
  | (Timed & {
      readonly kind: "clock drift"
      readonly node: string
      readonly perMille: number
      readonly until: number
    })
  | (Timed & {
      readonly kind: "cut"
      readonly links: ReadonlyArray<string>
      readonly until: number
      readonly shape?: string
    })
  | (Timed & { readonly kind: "clog"; readonly links: ReadonlyArray<string>; readonly until: number })
  | (Timed & {
      readonly kind: "slow"
      readonly links: ReadonlyArray<string>
      readonly until: number
      readonly addMs: number
    })
  | (Timed & {
      readonly kind: "burst"
      readonly links: ReadonlyArray<string>
      readonly until: number
      readonly of: "loss" | "duplicate" | "reorder"
      readonly percent: number
    })
  | (Timed & { readonly kind: "sync fails"; readonly node: string })
  | (Timed & { readonly kind: "disk full"; readonly node: string; readonly until: number })
  | (Timed & { readonly kind: "rot" | "misdirect"; readonly node: string; readonly seed: number })
