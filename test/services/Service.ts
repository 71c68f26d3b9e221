/** The servers that tests can use, in the order in which they are spoken of. */
export const serviceNames = ["kafka", "cassandra", "dynamodb", "postgres"] as const

/** The name of a server. */
export type ServiceName = (typeof serviceNames)[number]

/** Whether a text names a server. */
export const isServiceName = (text: string): text is ServiceName => serviceNames.some((name) => name === text)

/** A user with a password. */
export interface Login {
  readonly username: string
  readonly password: string
}

/** Where a server listens; `address` is `host:port`. */
export interface Listener {
  readonly host: string
  readonly port: number
  readonly address: string
}

/**
 * A Kafka broker: it listens in the clear, and at `secure` with TLS and SASL.
 *
 * **Details**
 *
 * All mechanisms know both users. An authorizer is there, and allows what no ACL speaks of. In the clear everybody is
 * `User:ANONYMOUS`, who is allowed everything, as `secure.superuser` is; ACLs bind `secure.user`. Topics that are not
 * there are created when they are named, with three partitions. A group does not wait for more members.
 */
export interface KafkaService extends Listener {
  readonly secure: Listener & {
    readonly mechanisms: ReadonlyArray<"PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512">
    readonly superuser: Login
    readonly user: Login
    /** The file with the certificate of the authority, as PEM. */
    readonly ca: string
  }
}

/** A Cassandra node of its own; `login` is the superuser's. It speaks TLS and plain text at the same port. */
export interface CassandraService extends Listener {
  readonly datacenter: string
  readonly login: Login
  /** The file with the certificate of the authority, as PEM. */
  readonly ca: string
}

/** DynamoDB Local, in memory: all credentials and regions see the same tables. */
export interface DynamoDbService extends Listener {
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** A PostgreSQL server; `login` is the superuser's. TLS is offered, and a password (SCRAM-SHA-256) asked for. */
export interface PostgresService extends Listener {
  readonly database: string
  readonly login: Login
  /** The file with the certificate of the authority, as PEM. */
  readonly ca: string
}

/** What a test needs to know of each server. */
export interface Services {
  readonly kafka: KafkaService
  readonly cassandra: CassandraService
  readonly dynamodb: DynamoDbService
  readonly postgres: PostgresService
}

/** Every server listens here. */
export const host = "127.0.0.1"

/** A listener of this machine. */
export const listener = (port: number): Listener => ({ host, port, address: `${host}:${port}` })
