/** What a bundle may be at most: `bytes` minified, and `importMs` until its module is there; absent where nothing was set. */
export interface Goal {
  readonly bytes?: number
  readonly importMs?: number
}

/** A function of AWS Lambda that is bundled: its name, the file of its handler, and what is not part of the bundle. */
export interface Bundle {
  readonly name: string
  readonly entry: string
  readonly external: ReadonlyArray<string>
  /** Modules that others take the place of. */
  readonly alias: Readonly<Record<string, string>>
  readonly goal: Goal
}

const handlers = "runtimes/lambda/handlers"

/** What reads secrets, which Lambda's own Node.js has. */
const secrets = "@aws-sdk/client-secrets-manager"

const importMs = 100

/** The bundles: one for each store, and for DynamoDB another one, with which the function takes the SDK that Lambda has. */
export const bundles: ReadonlyArray<Bundle> = [
  {
    name: "dynamodb",
    entry: `${handlers}/DynamoDbHandler.ts`,
    external: [],
    alias: { "@aws-sdk/credential-provider-node": `${handlers}/EnvironmentCredentials.ts` },
    goal: { bytes: 450_000, importMs }
  },
  {
    name: "dynamodb-without-sdk",
    entry: `${handlers}/DynamoDbHandler.ts`,
    external: ["@aws-sdk/*"],
    alias: {},
    goal: { bytes: 120_000, importMs }
  },
  {
    name: "cassandra",
    entry: `${handlers}/CassandraHandler.ts`,
    external: [secrets],
    alias: {},
    goal: { importMs }
  },
  {
    name: "postgres",
    entry: `${handlers}/PostgresHandler.ts`,
    external: [secrets, "pg-native"],
    alias: {},
    goal: { importMs }
  }
]
