import { createServer } from "node:http"
import type { RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { DynamoDbStore } from "../../../adapters/dynamodb/index.ts"
import { run } from "./Fixture.ts"
import { clientOf } from "./LocalDynamoDb.ts"

/** A server that answers everything so. */
const serving = (answer: RequestListener) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<{ readonly endpoint: string; readonly close: () => void }>((resolve) => {
          const server = createServer(answer)
          server.listen(0, "127.0.0.1", () => {
            const { port } = server.address() as AddressInfo
            resolve({ endpoint: `http://127.0.0.1:${port}`, close: () => server.close() })
          })
        })
    ),
    ({ close }) => Effect.sync(close)
  )

describe("DynamoDbStore, where another server answers", () => {
  it.each([
    ["a page", 200, "text/html", "<html></html>"],
    ["a problem as JSON", 404, "application/problem+json", '{"title":"There is nothing here."}'],
    ["nothing", 405, "text/plain", ""]
  ])("says that what answers with %s is no DynamoDB", (_, status, type, body) =>
    run(
      Effect.gen(function* () {
        const { endpoint } = yield* serving((_, response) => {
          response.writeHead(status, { "content-type": type }).end(body)
        })
        const region = "eu-central-1"
        const client = yield* clientOf({ endpoint, region })
        const error = yield* Effect.flip(DynamoDbStore.open({ table: "journal", region, endpoint, client }))
        expect(error).toMatchObject({ reason: "Failed", message: expect.stringContaining("is no DynamoDB") })
      })
    )
  )
})
