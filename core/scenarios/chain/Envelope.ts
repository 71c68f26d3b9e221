import type { Message } from "../../chain/index.ts"

/** A message on its way, with who its sender said that it is. */
export interface Envelope {
  readonly _tag: Message["_tag"]
  readonly incarnation: number
  readonly message: Message
}
