import { fileURLToPath } from "node:url"
import { Duration, RemovalPolicy } from "aws-cdk-lib"
import type { IVpc, ISecurityGroup, SubnetSelection } from "aws-cdk-lib/aws-ec2"
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam"
import {
  Architecture,
  CfnEventSourceMapping,
  Code,
  Function as LambdaFunction,
  Runtime,
  Tracing
} from "aws-cdk-lib/aws-lambda"
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs"
import { Construct } from "constructs"
import { mappingOf, networkStatement, sourceStatements } from "./Sources.ts"
import type { ReplicationSource, SourceNetwork } from "./Sources.ts"
import { statementsOf, variablesOf } from "./Stores.ts"
import type { ReplicationTarget } from "./Stores.ts"

/** The network that a function is in, and from which its store, and Kafka of one's own, are reached. */
export interface ReplicatorNetwork {
  readonly vpc: IVpc
  readonly subnets?: SubnetSelection
  readonly securityGroups: ReadonlyArray<ISecurityGroup>
}

/**
 * How journals are replicated.
 *
 * **Details**
 *
 * - `topic`, `consumerGroup`: what is read, and as which group of Kafka, which nobody else may be in
 * - `source`, `target`: from where, and to which store
 * - `code`: the function's bundle; the package's own for the store unless it is given
 * - `network`: for a store in a network; without it the function has the internet alone
 * - `batchSize` (1000), `batchingWindow` (1 s): what an invocation gets at most, besides 6 MB, and for how long it is collected
 * - `minimumPollers` (1), `maximumPollers` (4), `pollerGroup`: more pollers than partitions are of no use
 * - `memorySize` (512 MB), `timeout` (1 minute, at most 14), `concurrency` (not reserved)
 * - `largestGap` (0): how many missing offsets in a row count as empty
 * - `logLevel` (`INFO`), `logRetention` (a year)
 */
export interface JournalReplicatorProps {
  readonly topic: string
  readonly consumerGroup: string
  readonly source: ReplicationSource
  readonly target: ReplicationTarget
  readonly code?: Code
  readonly network?: ReplicatorNetwork
  readonly batchSize?: number
  readonly batchingWindow?: Duration
  readonly minimumPollers?: number
  readonly maximumPollers?: number
  readonly pollerGroup?: string
  readonly memorySize?: number
  readonly timeout?: Duration
  readonly concurrency?: number
  readonly largestGap?: number
  readonly logLevel?: "DEBUG" | "INFO" | "WARN" | "ERROR"
  readonly logRetention?: RetentionDays
}

/** The bundle in the published package, seen from where this module is compiled to. */
const bundleOf = ({ kind }: ReplicationTarget): Code =>
  Code.fromAsset(fileURLToPath(new URL(`../../lambda/${kind}.zip`, import.meta.url)))

const secretStatement = (sid: string, secretArn: string): PolicyStatement =>
  new PolicyStatement({ sid, actions: ["secretsmanager:GetSecretValue"], resources: [secretArn] })

const roleOf = (scope: Construct, props: JournalReplicatorProps, logs: LogGroup): Role => {
  const { consumerGroup, network, source, target, topic } = props
  const statements = [
    new PolicyStatement({
      sid: "Logs",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [logs.logGroupArn]
    }),
    new PolicyStatement({
      sid: "Traces",
      actions: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
      resources: ["*"]
    }),
    ...statementsOf(scope, target),
    ...(target.kind === "dynamodb" ? [] : [secretStatement("StoreSecret", target.secret.secretArn)]),
    ...sourceStatements(source, topic, consumerGroup),
    ...(source.kind === "msk" ? [] : [secretStatement("KafkaSecret", source.secret.secretArn)]),
    ...(source.kind === "msk" || network !== undefined ? [networkStatement()] : [])
  ]
  return new Role(scope, "Role", {
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: { replicator: new PolicyDocument({ statements }) }
  })
}

/** The role is whole as it is: without this the function would add policies that AWS manages. */
const withoutUpdates = (role: Role) => role.withoutPolicyUpdates()

/**
 * A function of AWS Lambda that replicates journals from Kafka to a store, with its event source mapping, role and logs.
 *
 * **Details**
 *
 * The role may do what the function does, and nothing else. Records are handed over in their order and again until they are in
 * the store: there is no end to the retries, and no on-failure destination, since what is behind a record that was given up would
 * be refused.
 *
 * **Gotchas**
 *
 * The store and its tables have to be there, and a secret that is encrypted with a key of yours needs `key.grantDecrypt(replicator.role)`.
 *
 * **Example**
 *
 * ```ts
 * new JournalReplicator(stack, "Orders", {
 *   topic: "orders",
 *   consumerGroup: "orders-replicator",
 *   source: { kind: "msk", clusterArn: cluster.attrArn },
 *   target: { kind: "dynamodb", table: "journal" }
 * })
 * ```
 */
export class JournalReplicator extends Construct {
  readonly function: LambdaFunction
  readonly mapping: CfnEventSourceMapping
  readonly role: Role
  readonly logs: LogGroup

  constructor(scope: Construct, id: string, props: JournalReplicatorProps) {
    super(scope, id)
    const { batchingWindow = Duration.seconds(1), code, concurrency, network, source, target } = props
    this.logs = new LogGroup(this, "Logs", {
      retention: props.logRetention ?? RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY
    })
    this.role = roleOf(this, props, this.logs)
    this.function = new LambdaFunction(this, "Function", {
      description: "Replicates journals from Kafka to a store.",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: code ?? bundleOf(target),
      role: withoutUpdates(this.role),
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout ?? Duration.minutes(1),
      logGroup: this.logs,
      tracing: Tracing.ACTIVE,
      environment: {
        ...variablesOf(target),
        ODRADEK_LARGEST_GAP: String(props.largestGap ?? 0),
        POWERTOOLS_LOG_LEVEL: props.logLevel ?? "INFO",
        POWERTOOLS_SERVICE_NAME: id
      },
      ...(concurrency === undefined ? {} : { reservedConcurrentExecutions: concurrency }),
      ...(network === undefined
        ? {}
        : {
            vpc: network.vpc,
            securityGroups: [...network.securityGroups],
            ...(network.subnets === undefined ? {} : { vpcSubnets: network.subnets })
          })
    })
    const reached: SourceNetwork = {
      subnetIds: network?.vpc.selectSubnets(network.subnets).subnetIds ?? [],
      securityGroupIds: network?.securityGroups.map(({ securityGroupId }) => securityGroupId) ?? []
    }
    this.mapping = new CfnEventSourceMapping(this, "Mapping", {
      ...mappingOf(source, props.consumerGroup, reached),
      functionName: this.function.functionName,
      topics: [props.topic],
      startingPosition: "TRIM_HORIZON",
      batchSize: props.batchSize ?? 1000,
      maximumBatchingWindowInSeconds: batchingWindow.toSeconds(),
      functionResponseTypes: ["ReportBatchItemFailures"],
      maximumRetryAttempts: -1,
      maximumRecordAgeInSeconds: -1,
      bisectBatchOnFunctionError: false,
      provisionedPollerConfig: {
        minimumPollers: props.minimumPollers ?? 1,
        maximumPollers: props.maximumPollers ?? 4,
        ...(props.pollerGroup === undefined ? {} : { pollerGroupName: props.pollerGroup })
      },
      metricsConfig: { metrics: ["EventCount", "ErrorCount", "KafkaMetrics"] }
    })
    this.mapping.node.addDependency(this.role)
  }
}
