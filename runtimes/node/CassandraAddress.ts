import type { CassandraConsistency } from "../../adapters/cassandra/index.ts"

/**
 * Which keyspace of Cassandra an address names: `contactPoints` with or without a port, the user's name without the
 * password, and with `tls` the names of files.
 */
export interface CassandraAddress {
  readonly contactPoints: ReadonlyArray<string>
  readonly keyspace: string
  readonly username?: string
  readonly datacenter?: string
  readonly consistency?: CassandraConsistency
  readonly replication?: string
  readonly tls?: CassandraTlsFiles
}

/** The files that hold what a TLS connection needs, as PEM, and the name in the nodes' certificates. */
export interface CassandraTlsFiles {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly serverName?: string
}

/** How the address of a keyspace is written, for people. */
export const cassandraAddress = "cassandra://HOST/KEYSPACE"

const consistencies: Readonly<Record<CassandraConsistency, true>> = {
  one: true,
  two: true,
  three: true,
  quorum: true,
  all: true,
  localOne: true,
  localQuorum: true,
  eachQuorum: true
}

const isConsistency = (name: string): name is CassandraConsistency => Object.hasOwn(consistencies, name)

const tlsNames = ["ca", "cert", "key", "serverName"] as const

const known = new Set(["datacenter", "consistency", "replicas", "tls", ...tlsNames])

const host = /^(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?$/

/** `NetworkTopologyStrategy` where the data centre is named, as clusters of several nodes want it. */
const replicationOf = (replicas: string, datacenter: string | undefined): string =>
  datacenter === undefined
    ? `{'class': 'SimpleStrategy', 'replication_factor': ${replicas}}`
    : `{'class': 'NetworkTopologyStrategy', '${datacenter}': ${replicas}}`

const tlsOf = (query: URLSearchParams): CassandraTlsFiles | undefined => {
  const given = tlsNames.filter((name) => query.has(name))
  if (given.length === 0 && query.get("tls") !== "true") return undefined
  return Object.fromEntries(given.map((name) => [name, query.get(name)]))
}

/**
 * Takes apart `cassandra://[USER@]HOST[:PORT][,HOST…]/KEYSPACE`, with any of `?datacenter=`, `consistency=`, `replicas=`,
 * `tls=true`, `ca=`, `cert=`, `key=` and `serverName=` behind it; `undefined` when the address is none of them.
 */
export const parseCassandraAddress = (address: string): CassandraAddress | undefined => {
  const parts = /^cassandra:\/\/(?:([^@/?#:]+)@)?([^@/?#]+)\/([a-zA-Z]\w{0,47})(?:\?([^#]*))?$/.exec(address)
  if (parts === null) return undefined
  const [, user, hosts = "", keyspace = "", query = ""] = parts
  const contactPoints = hosts.split(",")
  const options = new URLSearchParams(query)
  const names = [...options.keys()]
  const datacenter = options.get("datacenter") ?? undefined
  const consistency = options.get("consistency") ?? undefined
  const replicas = options.get("replicas") ?? undefined
  const isWrong =
    !contactPoints.every((each) => host.test(each)) ||
    names.some((name) => !known.has(name)) ||
    new Set(names).size < names.length ||
    !["true", null].includes(options.get("tls")) ||
    (consistency !== undefined && !isConsistency(consistency)) ||
    (replicas !== undefined && !/^[1-9][0-9]?$/.test(replicas)) ||
    (datacenter !== undefined && !/^[A-Za-z0-9_.-]+$/.test(datacenter))
  if (isWrong) return undefined
  const tls = tlsOf(options)
  return {
    contactPoints,
    keyspace,
    ...(user === undefined ? {} : { username: decodeURIComponent(user) }),
    ...(datacenter === undefined ? {} : { datacenter }),
    ...(consistency === undefined ? {} : { consistency }),
    ...(replicas === undefined ? {} : { replication: replicationOf(replicas, datacenter) }),
    ...(tls === undefined ? {} : { tls })
  }
}
