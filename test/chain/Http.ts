import { Agent, request } from "node:http"
import type { ClusterNode } from "./Cluster.ts"

/**
 * What came of a request.
 *
 * - `Answered`: with a status and a JSON object
 * - `NotSent`: nobody was there to hear it
 * - `Unheard`: nobody knows what became of it
 */
export type Reply =
  | { readonly _tag: "Answered"; readonly status: number; readonly said: Readonly<Record<string, unknown>> }
  | { readonly _tag: "NotSent" }
  | { readonly _tag: "Unheard"; readonly why: string }

/** What is sent; `body` is text, or a value that becomes JSON. */
export interface Sent {
  readonly method: "GET" | "PUT" | "POST" | "DELETE"
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | object
}

const statusMs = 5000

const agent = new Agent({ keepAlive: true })

const objectOf = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Sends a request, and is done within `deadlineMs` whatever becomes of it. */
export const send = ({ body, headers = {}, method, url }: Sent, deadlineMs: number): Promise<Reply> =>
  new Promise((resolve) => {
    const end = (reply: Reply): void => {
      clearTimeout(late)
      resolve(reply)
    }
    const out = request(url, { method, headers, agent }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("error", (error) => end({ _tag: "Unheard", why: error.message }))
      response.on("end", () => {
        const said = objectOf(Buffer.concat(chunks).toString())
        const { statusCode: status = 0 } = response
        end(said === undefined ? { _tag: "Unheard", why: "no JSON" } : { _tag: "Answered", status, said })
      })
    })
    const late = setTimeout(() => {
      end({ _tag: "Unheard", why: `nothing within ${deadlineMs} ms` })
      out.destroy()
    }, deadlineMs)
    out.on("error", (error) =>
      end(
        "code" in error && error.code === "ECONNREFUSED" ? { _tag: "NotSent" } : { _tag: "Unheard", why: error.message }
      )
    )
    out.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body))
  })

/** What a node says of itself; `undefined` where it does not. */
export const statusOf = async ({ life }: ClusterNode): Promise<Readonly<Record<string, unknown>> | undefined> => {
  const url = life?.reached?.url
  if (url === undefined) return undefined
  const reply = await send({ method: "GET", url: `${url}/status`, headers: { accept: "application/json" } }, statusMs)
  return reply._tag === "Answered" ? reply.said : undefined
}
