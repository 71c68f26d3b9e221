import { converse } from "./Conversation.ts"

/** Metadata (key 3) in version 1, with correlation id 7, no client id, and an empty list of topics. */
const request = Buffer.from([0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 7, 0xff, 0xff, 0, 0, 0, 0])

/** Asks a broker for its cluster; fails unless that has a broker. */
export const askMetadata = (port: number): Promise<void> =>
  converse(port, {
    first: request,
    sizeOf: (received) => (received.length < 4 ? undefined : 4 + received.readInt32BE(0)),
    answer: (said) => {
      // The length, the correlation id, and the number of brokers.
      if (said.readInt32BE(4) === 7 && said.readInt32BE(8) > 0) return undefined
      throw new Error("The broker has not joined its cluster yet.")
    }
  })
