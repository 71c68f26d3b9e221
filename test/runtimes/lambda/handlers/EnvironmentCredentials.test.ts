import { afterEach, describe, expect, it, vi } from "vitest"
import { defaultProvider } from "../../../../runtimes/lambda/handlers/EnvironmentCredentials.ts"

afterEach(() => vi.unstubAllEnvs())

describe("the credentials of a bundle", () => {
  it("are those that Lambda puts into the environment", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "key")
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret")
    vi.stubEnv("AWS_SESSION_TOKEN", "token")
    expect(await defaultProvider()()).toEqual({ accessKeyId: "key", secretAccessKey: "secret", sessionToken: "token" })
  })

  it("are missed with the error that the store knows", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", undefined)
    await expect(defaultProvider()()).rejects.toMatchObject({ name: "CredentialsProviderError" })
  })
})
