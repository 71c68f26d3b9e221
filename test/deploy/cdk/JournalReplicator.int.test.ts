import { beforeAll, describe, expect, it } from "vitest"
import { kafkaToCassandra, mskToDynamoDb, mskToPostgres, templateOf } from "./Stacks.ts"
import type { Props } from "./Stacks.ts"

interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
}

interface Statement {
  readonly Sid: string
  readonly Action: string | ReadonlyArray<string>
  readonly Resource: unknown
}

const templates = new Map<Props, Record<string, unknown>>()
beforeAll(() => {
  for (const props of [mskToDynamoDb, kafkaToCassandra, mskToPostgres]) templates.set(props, templateOf(props))
}, 120_000)

const resourcesOf = (props: Props, type: string): ReadonlyArray<Resource> =>
  Object.values((templates.get(props)?.["Resources"] ?? {}) as Record<string, Resource>).filter(
    ({ Type }) => Type === type
  )

const only = (props: Props, type: string): Resource["Properties"] => {
  const found = resourcesOf(props, type)
  expect(found).toHaveLength(1)
  return found[0]?.Properties ?? {}
}

const statementsOf = (props: Props): Readonly<Record<string, Statement>> => {
  const role = only(props, "AWS::IAM::Role")
  expect(role).not.toHaveProperty("ManagedPolicyArns")
  const [policy] = role["Policies"] as ReadonlyArray<{
    readonly PolicyDocument: { readonly Statement: Array<Statement> }
  }>
  return Object.fromEntries((policy?.PolicyDocument.Statement ?? []).map((each) => [each.Sid, each]))
}

const cluster = "journals/0aa1b2c3-1234-4567-89ab-0123456789ab-1"

describe("a replicator made by the CDK", () => {
  it("may read and write one table of DynamoDB, and read one topic as one group", () => {
    const statements = statementsOf(mskToDynamoDb)
    expect(Object.keys(statements).sort()).toEqual(["Cluster", "Group", "Logs", "Network", "Table", "Topics", "Traces"])
    expect(JSON.stringify(statements["Table"]?.Resource)).toContain(":dynamodb:eu-west-1:123456789012:table/journal")
    expect(statements["Cluster"]?.Resource).toBe(`arn:aws:kafka:eu-west-1:123456789012:cluster/${cluster}`)
    expect(statements["Topics"]?.Resource).toBe(`arn:aws:kafka:eu-west-1:123456789012:topic/${cluster}/orders`)
    expect(statements["Group"]?.Resource).toBe(
      `arn:aws:kafka:eu-west-1:123456789012:group/${cluster}/orders-replicator`
    )
  })

  it("may do on everything only what knows no resources: traces, and interfaces of a network", () => {
    for (const props of [mskToDynamoDb, kafkaToCassandra, mskToPostgres]) {
      const everywhere = Object.values(statementsOf(props)).filter(({ Resource }) => Resource === "*")
      expect(everywhere.map(({ Sid }) => Sid).sort()).toEqual(["Network", "Traces"])
    }
  })

  it("may read the secrets of Cassandra and of Kafka, each by its name", () => {
    const statements = statementsOf(kafkaToCassandra)
    expect(Object.keys(statements).sort()).toEqual(["KafkaSecret", "Logs", "Network", "StoreSecret", "Traces"])
    expect(statements["StoreSecret"]).toMatchObject({
      Action: "secretsmanager:GetSecretValue",
      Resource: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:cassandra-AbCdEf"
    })
    expect(statements["KafkaSecret"]?.Resource).toMatch(/:secret:kafka-AbCdEf$/)
  })

  it("is handed records in their order, again until they are in the store", () => {
    expect(only(mskToDynamoDb, "AWS::Lambda::EventSourceMapping")).toMatchObject({
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: "orders-replicator" },
      BatchSize: 1000,
      BisectBatchOnFunctionError: false,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      MaximumBatchingWindowInSeconds: 1,
      MaximumRecordAgeInSeconds: -1,
      MaximumRetryAttempts: -1,
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4 },
      StartingPosition: "TRIM_HORIZON",
      Topics: ["orders"]
    })
    for (const props of [mskToDynamoDb, kafkaToCassandra, mskToPostgres]) {
      expect(only(props, "AWS::Lambda::EventSourceMapping")).not.toHaveProperty("DestinationConfig")
      expect(only(props, "AWS::Lambda::EventSourceMapping")).not.toHaveProperty("FilterCriteria")
    }
  })

  it("reads Kafka of one's own as a stream, from within its network", () => {
    expect(only(kafkaToCassandra, "AWS::Lambda::EventSourceMapping")).toMatchObject({
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ["kafka-1.example.com:9094"] } },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: "orders-replicator", ConsumptionMode: "Stream" },
      SourceAccessConfigurations: [
        {
          Type: "SASL_SCRAM_512_AUTH",
          URI: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:kafka-AbCdEf"
        },
        { Type: "VPC_SUBNET", URI: "subnet:subnet-0123456789abcdef0" },
        { Type: "VPC_SUBNET", URI: "subnet:subnet-0123456789abcdef1" },
        { Type: "VPC_SECURITY_GROUP", URI: "security_group:sg-0123456789abcdef0" }
      ]
    })
  })

  it("is told where its store is, and never a password", () => {
    const variables = (props: Props) =>
      (only(props, "AWS::Lambda::Function")["Environment"] as { Variables: object }).Variables
    expect(variables(mskToDynamoDb)).toEqual({
      ODRADEK_LARGEST_GAP: "0",
      ODRADEK_TABLE: "journal",
      POWERTOOLS_LOG_LEVEL: "INFO",
      POWERTOOLS_SERVICE_NAME: "Orders"
    })
    expect(variables(kafkaToCassandra)).toMatchObject({
      ODRADEK_CONTACT_POINTS: "cassandra-1.example.com,cassandra-2.example.com",
      ODRADEK_DATACENTER: "dc1",
      ODRADEK_KEYSPACE: "journal",
      ODRADEK_SECRET: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:cassandra-AbCdEf"
    })
    expect(variables(mskToPostgres)).toEqual({
      NODE_EXTRA_CA_CERTS: "/var/runtime/ca-cert.pem",
      ODRADEK_DATABASE: "app",
      ODRADEK_HOST: "db.example.com",
      ODRADEK_LARGEST_GAP: "1",
      ODRADEK_PORT: "5433",
      ODRADEK_SCHEMA: "journal",
      ODRADEK_SECRET: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:postgres-AbCdEf",
      POWERTOOLS_LOG_LEVEL: "DEBUG",
      POWERTOOLS_SERVICE_NAME: "Orders"
    })
  })

  it("does as its knobs say", () => {
    expect(only(mskToPostgres, "AWS::Lambda::Function")).toMatchObject({
      Architectures: ["arm64"],
      Handler: "index.handler",
      MemorySize: 512,
      ReservedConcurrentExecutions: 1,
      Runtime: "nodejs24.x",
      Timeout: 60
    })
    expect(only(mskToPostgres, "AWS::Lambda::EventSourceMapping")).toMatchObject({
      BatchSize: 100,
      ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 8, PollerGroupName: "journals" }
    })
  })
})
