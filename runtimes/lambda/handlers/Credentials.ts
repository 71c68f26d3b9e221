import * as Effect from "effect/Effect"
import { JournalStoreError } from "../../../core/ports/index.ts"

/** A user of a store, as a secret has it. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

const failed = (message: string, cause?: unknown): JournalStoreError =>
  new JournalStoreError({ reason: "Failed", operation: "open", message, cause })

const saidBy = (cause: unknown): string => (cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause))

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const credentialsIn = (secret: string, text: string | undefined): Effect.Effect<Credentials, JournalStoreError> => {
  const found = parse(text ?? "")
  const { password, username }: Readonly<Record<string, unknown>> =
    typeof found === "object" && found !== null ? { ...found } : {}
  return typeof username === "string" && typeof password === "string"
    ? Effect.succeed({ username, password })
    : Effect.fail(failed(`The secret ${secret} holds no user: write {"username": "…", "password": "…"} into it.`))
}

/** How long the secret may take, in milliseconds: a network without a way to AWS answers nothing. */
const deadlineMs = 5000

/**
 * Reads a user from a secret of AWS Secrets Manager, written as AWS's databases have them: JSON with `username` and `password`.
 *
 * **Details**
 *
 * The package `@aws-sdk/client-secrets-manager` is there in Lambda's own Node.js, and is not part of a bundle.
 */
export const readCredentials = Effect.fnUntraced(function* (
  secret: string
): Effect.fn.Return<Credentials, JournalStoreError> {
  const name = "@aws-sdk/client-secrets-manager"
  const { GetSecretValueCommand, SecretsManagerClient } = yield* Effect.tryPromise({
    try: () => import("@aws-sdk/client-secrets-manager"),
    catch: (cause) => failed(`The package ${name} cannot be loaded: install it with \`npm install ${name}\`.`, cause)
  })
  const answer = Effect.acquireUseRelease(
    Effect.sync(() => new SecretsManagerClient({ maxAttempts: 2 })),
    (client) =>
      Effect.tryPromise({
        try: (abortSignal) => client.send(new GetSecretValueCommand({ SecretId: secret }), { abortSignal }),
        catch: (cause) =>
          failed(
            `The secret ${secret} cannot be read (${saidBy(cause)}): allow the function secretsmanager:GetSecretValue on it.`,
            cause
          )
      }),
    (client) => Effect.sync(() => client.destroy())
  )
  const late = failed(
    `The secret ${secret} was not read within ${deadlineMs} ms: give the function's subnets a way to AWS Secrets Manager, such as an interface endpoint.`
  )
  const { SecretString } = yield* Effect.timeoutOrElse(answer, {
    duration: deadlineMs,
    orElse: () => Effect.fail(late)
  })
  return yield* credentialsIn(secret, SecretString)
})
