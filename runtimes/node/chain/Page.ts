/** What an HTTP server answers. */
export interface Page {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** A page of JSON. */
export const jsonPage = (status: number, value: unknown, headers: Page["headers"] = {}): Page => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: `${JSON.stringify(value)}\n`
})

/** A page of text. */
export const textPage = (status: number, text: string): Page => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: `${text}\n`
})

/** A page that says in a sentence what is wrong with a request, or why it was not done. */
export const errorPage = (status: number, error: string, message: string, more: object = {}): Page =>
  jsonPage(status, { error, message, ...more })

/** A request to an HTTP server, read whole. `headers` have names in small letters. */
export interface PageRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: Uint8Array
}
