import { int32 } from "../Field.ts"

/** The operations that the asker may do, as bits; by default the value that says that nobody has looked at it. */
export const authorizedOperations = int32.default(-0x8000_0000)
