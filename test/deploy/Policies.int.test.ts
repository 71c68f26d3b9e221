import * as Effect from "effect/Effect"
import { beforeAll, describe, expect, it } from "vitest"
import { DynamoDbStore } from "../../adapters/dynamodb/index.ts"
import type { LogRecord } from "../../core/log/index.ts"
import { recordOf } from "../../core/scenarios/journal/JournalModel.ts"
import { makeReplicatorHandler } from "../../runtimes/lambda/index.ts"
import { clientOf, localDynamoDb, makeTable } from "../adapters/dynamodb/LocalDynamoDb.ts"
import { observedClient } from "../adapters/dynamodb/ObservedClient.ts"
import { contextOf, eventOf } from "../runtimes/lambda/Invocations.ts"
import { actionsIn, actionsOfFile, of } from "./Actions.ts"
import { kafkaToCassandra, mskToDynamoDb, mskToPostgres, templateOf } from "./cdk/Stacks.ts"

type Deed = Parameters<typeof recordOf>[1]

const table = "journal"

const placed = (deeds: ReadonlyArray<readonly [id: string, deed: Deed]>, first: number): ReadonlyArray<LogRecord> =>
  deeds.map(([id, deed], at) => ({ ...recordOf(id, deed, String(first + at)), offset: first + at }))

/** Everything that can become of a journal: it begins, grows, is shortened, is purged and begins again. */
const batches: ReadonlyArray<ReadonlyArray<LogRecord>> = [
  placed(
    [
      ["a", { _tag: "Append", seqNrs: [1, 2, 3] }],
      ["b", { _tag: "Append", seqNrs: [1] }]
    ],
    0
  ),
  placed(
    [
      ["a", { _tag: "Append", seqNrs: [4] }],
      ["a", { _tag: "Delete", to: 2 }],
      ["b", { _tag: "Purge" }],
      ["c", { _tag: "Append", seqNrs: [1] }],
      ["c", { _tag: "Delete", to: 1 }],
      ["c", { _tag: "Mark" }]
    ],
    2
  ),
  placed(
    [
      ["b", { _tag: "Append", seqNrs: [1] }],
      ["a", { _tag: "Purge" }]
    ],
    8
  )
]

const actionOfMember: Readonly<Record<string, string>> = {
  ConditionCheck: "ConditionCheckItem",
  Delete: "DeleteItem",
  Put: "PutItem",
  Update: "UpdateItem",
  Get: "GetItem"
}

/** The actions of IAM that a request to DynamoDB needs: a transaction needs those of its members. */
const actionsFor = (command: string, input: unknown): ReadonlyArray<string> => {
  const name = command.replace(/Command$/, "")
  if (!name.startsWith("Transact")) return [`dynamodb:${name}`]
  const { TransactItems } = input as { readonly TransactItems: ReadonlyArray<Readonly<Record<string, unknown>>> }
  return TransactItems.flatMap((item) => Object.keys(item)).map((member) => `dynamodb:${actionOfMember[member]}`)
}

/** Which actions a function needs for a table that is there, and empty. */
const neededActions = Effect.gen(function* () {
  const place = yield* localDynamoDb
  const client = yield* clientOf(place)
  yield* Effect.promise(() => makeTable(client, table, ["pk", "sk"]))
  const needed = new Set<string>()
  const observed = observedClient(client, ({ input, name, send }) => {
    for (const action of actionsFor(name, input)) needed.add(action)
    return send()
  })
  const store = DynamoDbStore.open({ ...place, table, client: observed })
  const handler = makeReplicatorHandler({ store, write: () => undefined })
  for (const records of batches) {
    const event = eventOf([{ topic: "orders", partition: 0, records }])
    const answer = yield* Effect.promise(() => handler(event, contextOf(60_000)))
    expect(answer).toEqual({ batchItemFailures: [] })
  }
  yield* Effect.promise(() => handler.close())
  return [...needed].sort()
}).pipe(Effect.scoped)

const deployments: Record<string, ReadonlyArray<string>> = {}
let needed: ReadonlyArray<string> = []
beforeAll(async () => {
  const synthesised = [mskToDynamoDb, kafkaToCassandra, mskToPostgres].map(templateOf)
  deployments["SAM"] = actionsOfFile("sam/template.yaml")
  deployments["Terraform"] = actionsOfFile("terraform/iam.tf")
  deployments["CDK"] = actionsIn(JSON.stringify(synthesised))
  needed = await Effect.runPromise(neededActions)
}, 120_000)

describe("the role of a function", () => {
  it.each(["SAM", "Terraform", "CDK"])(
    "made by %s may do with DynamoDB what the store asks for, and nothing else",
    (name) => {
      expect(of("dynamodb", deployments[name] ?? [])).toEqual(needed)
    }
  )

  it.each(["Terraform", "CDK"])("made by %s may do the same as the one made by SAM", (name) => {
    expect(deployments[name]).toEqual(deployments["SAM"])
  })

  it("may read Kafka, and never write to it", () => {
    expect(of("kafka-cluster", deployments["SAM"] ?? [])).toEqual([
      "kafka-cluster:AlterGroup",
      "kafka-cluster:Connect",
      "kafka-cluster:DescribeClusterDynamicConfiguration",
      "kafka-cluster:DescribeGroup",
      "kafka-cluster:DescribeTopic",
      "kafka-cluster:ReadData"
    ])
  })
})
