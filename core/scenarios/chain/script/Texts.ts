import { decodeUtf8, encodeUtf8 } from "../../../bytes/index.ts"
import type { Application } from "../../../chain/index.ts"

/** The application of the scripts: the texts that were applied, in order; the answer is how many they are. */
export const texts: Application<ReadonlyArray<string>> = {
  initial: [],
  apply: (state, command) => {
    const next = [...state, decodeUtf8(command)]
    return [next, encodeUtf8(`${next.length}`).slice()]
  },
  encode: (state) => encodeUtf8(state.join(" ")).slice(),
  decode: (bytes) => (bytes.length === 0 ? [] : decodeUtf8(bytes).split(" "))
}
