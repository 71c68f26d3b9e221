import { vi } from "vitest"

/** Looks until nothing is thrown, and gives what was seen; after a minute it fails with what was thrown last. */
export const eventually = <A>(look: () => A | Promise<A>): Promise<A> =>
  vi.waitFor(look, { timeout: 60_000, interval: 20 })
