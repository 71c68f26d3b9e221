import { Stack } from "aws-cdk-lib"
import { PolicyStatement } from "aws-cdk-lib/aws-iam"
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager"
import type { Construct } from "constructs"

/** A table of DynamoDB, in the region of the function unless `region` says another. */
export interface DynamoDbTarget {
  readonly kind: "dynamodb"
  readonly table: string
  readonly region?: string
}

/** A keyspace of Cassandra, whose tables are there. The secret has the user, as JSON with `username` and `password`. */
export interface CassandraTarget {
  readonly kind: "cassandra"
  readonly contactPoints: ReadonlyArray<string>
  readonly keyspace: string
  readonly datacenter?: string
  readonly secret: ISecret
}

/**
 * A database of PostgreSQL. The secret has the user, as JSON with `username` and `password`; `port` is 5432 and `schema`
 * `odradek` unless they are given.
 */
export interface PostgresTarget {
  readonly kind: "postgres"
  readonly host: string
  readonly port?: number
  readonly database: string
  readonly schema?: string
  readonly secret: ISecret
}

/** Where journals are replicated to. */
export type ReplicationTarget = DynamoDbTarget | CassandraTarget | PostgresTarget

type Variables = Readonly<Record<string, string>>

const given = (variables: Readonly<Record<string, string | number | undefined>>): Variables =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  )

/** The variables that the function of a store reads. */
export const variablesOf = (target: ReplicationTarget): Variables => {
  switch (target.kind) {
    case "dynamodb":
      return given({ ODRADEK_TABLE: target.table, ODRADEK_REGION: target.region })
    case "cassandra":
      return given({
        ODRADEK_CONTACT_POINTS: target.contactPoints.join(","),
        ODRADEK_KEYSPACE: target.keyspace,
        ODRADEK_DATACENTER: target.datacenter,
        ODRADEK_SECRET: target.secret.secretArn
      })
    case "postgres":
      return given({
        ODRADEK_HOST: target.host,
        ODRADEK_PORT: target.port,
        ODRADEK_DATABASE: target.database,
        ODRADEK_SCHEMA: target.schema,
        ODRADEK_SECRET: target.secret.secretArn,
        // The authorities of Amazon RDS, which Lambda has, and Node does not trust by itself.
        NODE_EXTRA_CA_CERTS: "/var/runtime/ca-cert.pem"
      })
  }
}

/** What the function of a store may do, besides reading its secret: what it asks DynamoDB for, and nothing else. */
export const statementsOf = (scope: Construct, target: ReplicationTarget): ReadonlyArray<PolicyStatement> => {
  if (target.kind !== "dynamodb") return []
  const region = target.region === undefined ? {} : { region: target.region }
  const table = Stack.of(scope).formatArn({
    service: "dynamodb",
    resource: "table",
    resourceName: target.table,
    ...region
  })
  return [
    new PolicyStatement({
      sid: "Table",
      actions: [
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query"
      ],
      resources: [table]
    })
  ]
}
