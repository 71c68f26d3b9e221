import type { Application, Command } from "../../chain/index.ts"
import { fnvBasis, fnvNumber } from "../../simulation/index.ts"

/** A command that no other is like: its number, and some bytes that only make it longer. */
export const makePayload = (number: number, length: number): Uint8Array => {
  const payload = new Uint8Array(Math.max(4, length))
  payload[0] = number >>> 24
  payload[1] = number >>> 16
  payload[2] = number >>> 8
  payload[3] = number
  return payload
}

/** The number of a command; 0 where it opens a session. */
export const numberOf = ({ payload }: Pick<Command, "payload">): number =>
  payload.length < 4
    ? 0
    : (((payload[0] as number) << 24) |
        ((payload[1] as number) << 16) |
        ((payload[2] as number) << 8) |
        (payload[3] as number)) >>>
      0

const bytesOf = (word: number): Uint8Array => Uint8Array.of(word >>> 24, word >>> 16, word >>> 8, word)

const wordOf = (bytes: Uint8Array): number =>
  (((bytes[0] as number) << 24) | ((bytes[1] as number) << 16) | ((bytes[2] as number) << 8) | (bytes[3] as number)) >>>
  0

/**
 * The application of the scenario: a hash over all commands that were applied, in their order.
 *
 * **Details**
 *
 * Two nodes with the same hash have applied the same commands in the same order. `applies` is told of every command that
 * gets as far as the application, whatever node it is on. The answer is the command.
 */
export const hashChain = (applies: (number: number, position: number) => void): Application<number> => ({
  initial: fnvBasis >>> 0,
  apply: (hash, payload, position) => {
    applies(numberOf({ payload }), position)
    let mixed = hash
    for (let at = 0; at < payload.length; at++) mixed = fnvNumber(mixed, payload[at] as number)
    return [mixed >>> 0, payload]
  },
  encode: bytesOf,
  decode: wordOf
})
