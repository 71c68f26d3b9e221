import * as Effect from "effect/Effect"
import { makeHttpHandler } from "../../../adapters/http/index.ts"
import type { HttpHandlerOptions } from "../../../adapters/http/index.ts"
import { MemoryLog, MemoryStore } from "../../../adapters/memory/index.ts"

/** What a test sends, and where. */
export interface Sent {
  readonly method?: string
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** What came back, read whole. */
export interface Got {
  readonly status: number
  readonly type: string
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** An API over a log and a store in memory, with the topic "orders". */
export const httpWorld = Effect.fnUntraced(function* (options: Partial<HttpHandlerOptions> = {}) {
  const log = MemoryLog.make({ partitions: { orders: 1 } })
  const handler = yield* makeHttpHandler({ log, store: MemoryStore.make(), ...options })
  const fetch = (path: string, { headers, method = "GET", ...rest }: Sent = {}) =>
    Effect.promise(() =>
      handler.fetch(
        new Request(`http://localhost${path}`, {
          method,
          headers: {
            ...(rest.body !== undefined && headers?.["content-type"] === undefined
              ? { "content-type": "application/json" }
              : {}),
            ...headers
          },
          ...rest
        })
      )
    )
  const send = Effect.fnUntraced(function* (path: string, sent?: Sent) {
    const response = yield* fetch(path, sent)
    const text = yield* Effect.promise(() => response.text())
    const got: Got = {
      status: response.status,
      type: response.headers.get("content-type") ?? "",
      headers: response.headers,
      text,
      json: jsonOf(text)
    }
    return got
  })
  const append = (id: string, events: string, headers: Readonly<Record<string, string>> = {}) =>
    send(`/topics/orders/journals/${encodeURIComponent(id)}/events`, {
      method: "POST",
      body: `{"events":${events}}`,
      headers
    })
  return { log, handler, fetch, send, append }
})

/** The next chunks of a stream as text, until it has so many characters of something. */
export const chunksUntil = (response: Response, done: (text: string) => boolean) => {
  const reader = response.body?.getReader()
  const utf8 = new TextDecoder()
  return Effect.promise(async () => {
    let text = ""
    while (!done(text)) {
      const read = await reader?.read()
      if (read === undefined || read.done) break
      text += utf8.decode(read.value, { stream: true })
    }
    reader?.releaseLock()
    return text
  })
}
