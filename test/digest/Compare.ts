import { digestOf } from "./Digest.ts"
import type { Computed } from "./Runtimes.ts"

/** One run-time's result as one line: all digests as one. */
export const lineOf = ({ digests, runtime, version }: Computed): string =>
  `${runtime.padEnd(8)} ${digestOf(digests)}  ${Object.keys(digests).length} parts  (${version})`

/** What differs, a line for each part and run-time that disagrees with the first run-time. */
export const differences = (all: ReadonlyArray<Computed>): ReadonlyArray<string> => {
  const [first, ...rest] = all
  if (first === undefined) return ["Nothing was computed."]
  return rest.flatMap(({ digests, runtime }) =>
    [...new Set([...Object.keys(first.digests), ...Object.keys(digests)])]
      .filter((part) => digests[part] !== first.digests[part])
      .map((part) => `${part}: ${digests[part]} on ${runtime}, ${first.digests[part]} on ${first.runtime}`)
  )
}
