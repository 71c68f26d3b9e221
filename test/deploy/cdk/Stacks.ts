import { App, Stack } from "aws-cdk-lib"
import { SecurityGroup, Vpc } from "aws-cdk-lib/aws-ec2"
import { Code } from "aws-cdk-lib/aws-lambda"
import { Secret } from "aws-cdk-lib/aws-secretsmanager"
import type { Construct } from "constructs"
import { JournalReplicator } from "../../../deploy/cdk/index.ts"
import type { JournalReplicatorProps } from "../../../deploy/cdk/index.ts"

/** The account and the region of everything that tests would deploy. */
export const env = { account: "123456789012", region: "eu-west-1" } as const

const clusterArn = "arn:aws:kafka:eu-west-1:123456789012:cluster/journals/0aa1b2c3-1234-4567-89ab-0123456789ab-1"

const common = { topic: "orders", consumerGroup: "orders-replicator", code: Code.fromInline("export {}") } as const

const secret = (scope: Construct, name: string) =>
  Secret.fromSecretCompleteArn(scope, name, `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-AbCdEf`)

const network = (scope: Construct) => {
  const vpc = Vpc.fromVpcAttributes(scope, "Vpc", {
    vpcId: "vpc-0123456789abcdef0",
    availabilityZones: ["eu-west-1a", "eu-west-1b"],
    privateSubnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  })
  return { vpc, securityGroups: [SecurityGroup.fromSecurityGroupId(scope, "Group", "sg-0123456789abcdef0")] }
}

/** What a stack replicates from and to, made in it. */
export type Props = (stack: Stack) => JournalReplicatorProps

/** From Amazon MSK to DynamoDB. */
export const mskToDynamoDb: Props = () => ({
  ...common,
  source: { kind: "msk", clusterArn },
  target: { kind: "dynamodb", table: "journal" }
})

/** From Kafka of one's own to Cassandra, in a network. */
export const kafkaToCassandra: Props = (stack) => ({
  ...common,
  source: { kind: "selfManaged", bootstrapServers: ["kafka-1.example.com:9094"], secret: secret(stack, "kafka") },
  target: {
    kind: "cassandra",
    contactPoints: ["cassandra-1.example.com", "cassandra-2.example.com"],
    keyspace: "journal",
    datacenter: "dc1",
    secret: secret(stack, "cassandra")
  },
  network: network(stack)
})

/** From Amazon MSK to PostgreSQL, in a network, with every knob turned. */
export const mskToPostgres: Props = (stack) => ({
  ...common,
  source: { kind: "msk", clusterArn },
  target: {
    kind: "postgres",
    host: "db.example.com",
    port: 5433,
    database: "app",
    schema: "journal",
    secret: secret(stack, "postgres")
  },
  network: network(stack),
  batchSize: 100,
  minimumPollers: 2,
  maximumPollers: 8,
  pollerGroup: "journals",
  concurrency: 1,
  largestGap: 1,
  logLevel: "DEBUG"
})

/** The CloudFormation template of a stack with one replicator. */
export const templateOf = (props: Props): Record<string, unknown> => {
  const app = new App({ analyticsReporting: false, context: { "aws:cdk:disable-stack-trace": true } })
  const stack = new Stack(app, "Journals", { env })
  new JournalReplicator(stack, "Orders", props(stack))
  return app.synth().getStackByName("Journals").template as Record<string, unknown>
}
