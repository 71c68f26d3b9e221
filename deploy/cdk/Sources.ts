import { Arn, ArnFormat, Fn } from "aws-cdk-lib"
import { PolicyStatement } from "aws-cdk-lib/aws-iam"
import type { CfnEventSourceMappingProps } from "aws-cdk-lib/aws-lambda"
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager"

/** A cluster of Amazon MSK, which the function's role speaks to by IAM. */
export interface MskSource {
  readonly kind: "msk"
  readonly clusterArn: string
}

/** Kafka of one's own: its brokers as `HOST:PORT`, the secret with the user, and what the user signs in with (SCRAM with SHA-512). */
export interface SelfManagedSource {
  readonly kind: "selfManaged"
  readonly bootstrapServers: ReadonlyArray<string>
  readonly secret: ISecret
  readonly authentication?: "SASL_SCRAM_512_AUTH" | "SASL_SCRAM_256_AUTH" | "BASIC_AUTH"
}

/** Where journals are replicated from. */
export type ReplicationSource = MskSource | SelfManagedSource

/** The subnets and security groups in which brokers are reached. */
export interface SourceNetwork {
  readonly subnetIds: ReadonlyArray<string>
  readonly securityGroupIds: ReadonlyArray<string>
}

type MappingProps = Omit<CfnEventSourceMappingProps, "functionName">

/** What a mapping says of where its records come from. */
export const mappingOf = (source: ReplicationSource, consumerGroup: string, network: SourceNetwork): MappingProps => {
  if (source.kind === "msk") {
    return {
      eventSourceArn: source.clusterArn,
      amazonManagedKafkaEventSourceConfig: { consumerGroupId: consumerGroup }
    }
  }
  const { authentication = "SASL_SCRAM_512_AUTH", bootstrapServers, secret } = source
  return {
    selfManagedEventSource: { endpoints: { kafkaBootstrapServers: [...bootstrapServers] } },
    // The order of the records is what a journal is; a queue has none.
    selfManagedKafkaEventSourceConfig: { consumerGroupId: consumerGroup, consumptionMode: "Stream" },
    sourceAccessConfigurations: [
      { type: authentication, uri: secret.secretArn },
      ...network.subnetIds.map((id) => ({ type: "VPC_SUBNET", uri: `subnet:${id}` })),
      ...network.securityGroupIds.slice(0, 1).map((id) => ({ type: "VPC_SECURITY_GROUP", uri: `security_group:${id}` }))
    ]
  }
}

const clusterStatements = (
  clusterArn: string,
  topic: string,
  consumerGroup: string
): ReadonlyArray<PolicyStatement> => {
  const cluster = Fn.split("/", clusterArn)
  const inCluster = (resource: string, name: string): string => {
    const resourceName = Fn.join("/", [Fn.select(1, cluster), Fn.select(2, cluster), name])
    const [, partition, , region, account] = Fn.split(":", clusterArn, 6)
    return Arn.format({
      service: "kafka",
      resource,
      resourceName,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      partition: partition ?? "",
      region: region ?? "",
      account: account ?? ""
    })
  }
  return [
    new PolicyStatement({
      sid: "Cluster",
      actions: [
        "kafka:DescribeCluster",
        "kafka:DescribeClusterV2",
        "kafka:GetBootstrapBrokers",
        "kafka-cluster:Connect",
        "kafka-cluster:DescribeClusterDynamicConfiguration"
      ],
      resources: [clusterArn]
    }),
    new PolicyStatement({
      sid: "Topics",
      actions: ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"],
      resources: [inCluster("topic", topic)]
    }),
    new PolicyStatement({
      sid: "Group",
      actions: ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"],
      resources: [inCluster("group", consumerGroup)]
    })
  ]
}

/** What is needed to make interfaces in a network; these actions know no resources that could be named beforehand. */
export const networkStatement = (): PolicyStatement =>
  new PolicyStatement({
    sid: "Network",
    actions: [
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcs"
    ],
    resources: ["*"]
  })

/** What reading the topic takes, besides the secret of Kafka of one's own. */
export const sourceStatements = (
  source: ReplicationSource,
  topic: string,
  consumerGroup: string
): ReadonlyArray<PolicyStatement> =>
  source.kind === "msk" ? clusterStatements(source.clusterArn, topic, consumerGroup) : []
