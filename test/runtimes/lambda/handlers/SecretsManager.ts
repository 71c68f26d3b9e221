import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"

/** An AWS Secrets Manager with these secrets, which ends with the scope, as the environment that leads a client to it. */
export const localSecrets = (
  secrets: Readonly<Record<string, string>>
): Effect.Effect<Readonly<Record<string, string>>, never, Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(async () => {
        const server = createServer(async (request, response) => {
          const { SecretId } = (await new Response(request).json()) as { readonly SecretId: string }
          const secret = secrets[SecretId]
          response.statusCode = secret === undefined ? 400 : 200
          response.setHeader("content-type", "application/x-amz-json-1.1")
          const denied = { __type: "AccessDeniedException", message: "You are not allowed to." }
          response.end(JSON.stringify(secret === undefined ? denied : { Name: SecretId, SecretString: secret }))
        })
        server.listen(0, "127.0.0.1")
        await once(server, "listening")
        return server
      }),
      (server) =>
        Effect.promise(async () => {
          server.closeAllConnections()
          server.close()
          await once(server, "close")
        })
    ),
    (server) => ({
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    })
  )
