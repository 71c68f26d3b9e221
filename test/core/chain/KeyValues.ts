import { decodeUtf8, encodeUtf8, Reader, Writer } from "../../../core/bytes/index.ts"
import type { Application } from "../../../core/chain/Application.ts"

/** Texts by key. */
export type KeyValues = ReadonlyMap<string, string>

/** A small application: `key=value` sets the key, and is answered with the value before and the command's position. */
export const keyValues: Application<KeyValues> = {
  initial: new Map(),
  apply: (state, command, position) => {
    const [key = "", value = ""] = decodeUtf8(command).split("=")
    return [new Map(state).set(key, value), encodeUtf8(`${state.get(key) ?? "nothing"} @${position}`)]
  },
  encode: (state) => {
    const out = new Writer()
    out.int32(state.size)
    for (const [key, value] of state) {
      for (const text of [key, value]) {
        const bytes = encodeUtf8(text)
        out.int32(bytes.length)
        out.bytes(bytes)
      }
    }
    return out.finish()
  },
  decode: (bytes) => {
    const reader = new Reader(bytes)
    const state = new Map<string, string>()
    for (let left = reader.count(reader.int32(), 8); left > 0; left--) {
      const key = reader.utf8(reader.int32())
      state.set(key, reader.utf8(reader.int32()))
    }
    reader.end()
    return state
  }
}

/** The command that sets a key. */
export const setKey = (key: string, value: string): Uint8Array => encodeUtf8(`${key}=${value}`)
