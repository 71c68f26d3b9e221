// Not what is made for bundlers: AWS's packages are not modules that Node can load there.
import "../../../adapters/dynamodb/NodeConditions.ts"
import * as Effect from "effect/Effect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { readCredentials } from "../../../../runtimes/lambda/handlers/Credentials.ts"
import { localSecrets } from "./SecretsManager.ts"

afterEach(() => vi.unstubAllEnvs())

const secrets = {
  whole: JSON.stringify({ username: "journal", password: "of roses", host: "db.example.com" }),
  text: "of roses",
  half: JSON.stringify({ username: "journal" })
}

const read = (name: string) =>
  Effect.gen(function* () {
    for (const [variable, value] of Object.entries(yield* localSecrets(secrets))) vi.stubEnv(variable, value)
    return yield* readCredentials(name)
  }).pipe(Effect.scoped)

describe("a user in a secret", () => {
  it("is read as AWS's databases write it", async () => {
    expect(await Effect.runPromise(read("whole"))).toEqual({ username: "journal", password: "of roses" })
  })

  it.each(["text", "half"])("is missed where the secret is %s, without a word of what is in it", async (name) => {
    const error = await Effect.runPromise(Effect.flip(read(name)))
    expect(error.message).toBe(`The secret ${name} holds no user: write {"username": "…", "password": "…"} into it.`)
  })

  it("that may not be read is named, with what to allow", async () => {
    const error = await Effect.runPromise(Effect.flip(read("others")))
    expect(error.message).toBe(
      "The secret others cannot be read (AccessDeniedException: You are not allowed to.): allow the function secretsmanager:GetSecretValue on it."
    )
  })
})
