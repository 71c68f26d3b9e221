import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { unzipSync } from "fflate"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { DynamoDbStore } from "../../../adapters/dynamodb/index.ts"
import { buildBundle } from "../../../deploy/bundle/BuildBundle.ts"
import type { Built } from "../../../deploy/bundle/BuildBundle.ts"
import { bundles } from "../../../deploy/bundle/Bundles.ts"
import { localDynamoDb } from "../../adapters/dynamodb/LocalDynamoDb.ts"
import { projectRoot } from "../../house/Command.ts"
import { contentsOf, expectedContents, goldenEvent } from "../../runtimes/lambda/GoldenEvent.ts"
import { invoke, unzip } from "./Invoke.ts"

const scratch = mkdtempSync(join(tmpdir(), "odradek-bundles-"))
const built = new Map<string, Built>()

const build = (name: string, run: string): Promise<Built> => {
  const bundle = bundles.find((each) => each.name === name)
  if (bundle === undefined) throw new Error(`There is no bundle ${name}.`)
  return buildBundle(bundle, projectRoot, join(scratch, run, "work"), join(scratch, run, "zips"))
}

beforeAll(async () => {
  for (const { name } of bundles) built.set(name, await build(name, "first"))
}, 120_000)
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const zipOf = (name: string): Uint8Array => new Uint8Array(readFileSync(built.get(name)?.zip ?? ""))

describe("a bundle for Lambda", () => {
  it("with DynamoDB's driver stays within its goal of 450 KB", () => {
    expect(built.get("dynamodb")?.bytes).toBeLessThanOrEqual(450_000)
  })

  it("without DynamoDB's driver has less than half of what it has with it", () => {
    expect(built.get("dynamodb-without-sdk")?.bytes).toBeLessThan((built.get("dynamodb")?.bytes ?? 0) / 2)
  })

  it("is the same, byte for byte, when it is built again", async () => {
    const again = await build("dynamodb", "second")
    expect(Buffer.compare(readFileSync(again.zip), zipOf("dynamodb"))).toBe(0)
  }, 60_000)

  it.each(["dynamodb", "cassandra", "postgres"])("for %s brings the licences of what is in it", (name) => {
    const { "LICENCES.txt": licences } = unzipSync(zipOf(name))
    const text = new TextDecoder().decode(licences)
    const drivers: Readonly<Record<string, string>> = {
      dynamodb: "@aws-sdk/client-dynamodb 3",
      cassandra: "cassandra-driver 4",
      postgres: "pg 8"
    }
    expect(text).toContain(drivers[name])
    expect(text).toMatch(/^effect 4.*: MIT$/m)
    expect(text).toContain("Permission is hereby granted, free of charge")
  })

  it("for DynamoDB replicates with nothing beside it but the environment", async () => {
    const folder = join(scratch, "alone")
    unzip(built.get("dynamodb")?.zip ?? "", folder)
    const program = Effect.gen(function* () {
      const { endpoint, region } = yield* localDynamoDb
      const environment = {
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
        ODRADEK_TABLE: "journal",
        ODRADEK_ENDPOINT: endpoint
      }
      const answer = yield* Effect.promise(() => invoke(folder, goldenEvent, environment))
      expect(answer).toEqual({ value: { batchItemFailures: [] } })
      const open = DynamoDbStore.open({ endpoint, region, table: "journal" })
      expect(yield* Effect.scoped(Effect.flatMap(open, (store) => contentsOf(store)))).toEqual(yield* expectedContents)
    })
    await Effect.runPromise(Effect.scoped(program))
  }, 120_000)

  it("says in a sentence which variable is missing", async () => {
    const folder = join(scratch, "unset")
    unzip(built.get("dynamodb")?.zip ?? "", folder)
    await expect(invoke(folder, goldenEvent, { AWS_REGION: "eu-west-1" })).rejects.toThrow(
      "The environment variable ODRADEK_TABLE is missing: set it to the name of the table of journals."
    )
  }, 60_000)
})
