import { createServer, type IncomingMessage, type Server } from "node:http"
import type { handler } from "./api.ts"

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = ""
  for await (const chunk of request.setEncoding("utf8")) body += String(chunk)
  return body
}

/** Stands for the HTTP API: makes an event of each request, and of the function's answer a response. */
export const serve = (invoke: typeof handler): Server =>
  createServer((request, response) => {
    const { method = "GET", url = "/" } = request
    bodyOf(request)
      .then((body) => invoke({ requestContext: { http: { method, path: url } }, body }))
      .then(
        ({ body, headers, statusCode }) => response.writeHead(statusCode, headers).end(`${body}\n`),
        (error: unknown) => response.destroy(error instanceof Error ? error : undefined)
      )
  })
