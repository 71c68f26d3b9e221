/**
 * Until when a replicator may write without another look at the pointer, in milliseconds since the epoch.
 *
 * **Details**
 *
 * A process that stood still goes on as if no time had passed, and its partition may have another replicator meanwhile.
 * What the store said of the pointer is therefore good for a term only, from when it was asked: when the answer was made
 * nobody knows.
 */
export interface PointerLease {
  /** When the store was asked last. */
  readonly asked: number
  /** When the question was asked that the lease is from. */
  readonly since: number
  readonly until: number
  /** How long the next one will be. */
  readonly termMs: number
}

/** The lease of a replicator that has asked nothing yet: it has none. */
export const noLease = (fenceMs: number): PointerLease => ({ asked: 0, since: 0, until: -1, termMs: fenceMs })

/** The store is asked. */
export const asked = (lease: PointerLease, now: number): PointerLease => ({ ...lease, asked: now })

/**
 * The store has answered that the pointer is in its place.
 *
 * **Details**
 *
 * Where the answer took longer than the term there is nothing to write with: the next term is twice as long, so that a
 * store that is slow is written to all the same.
 */
export const granted = ({ asked: since, termMs }: PointerLease, now: number, fenceMs: number): PointerLease => {
  const until = since + termMs
  return { asked: since, since, until, termMs: now > until ? termMs * 2 : fenceMs }
}

/** Whether it may be written; a clock that was put back tells nothing. */
export const holds = ({ since, until }: PointerLease, now: number): boolean => now >= since && now <= until
