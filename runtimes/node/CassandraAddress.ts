import * as Result from "effect/Result"
import type { CassandraConsistency } from "../../adapters/cassandra/index.ts"
import { type AddressOption, anyText, oneOfWords, optionsOf } from "./AddressOptions.ts"
import { addressParts, hasPassword, hostAndPort } from "./AddressParts.ts"
import { storePasswordName } from "./StorePassword.ts"

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

const isConsistency = (name: string | undefined): name is CassandraConsistency =>
  name !== undefined && Object.hasOwn(consistencies, name)

const tlsNames = ["ca", "cert", "key", "serverName"] as const

const options = {
  datacenter: {
    allowed: "the name of a data centre: letters, digits, underscores, dashes and dots",
    isAllowed: (value) => /^[A-Za-z0-9_.-]+$/.test(value)
  },
  consistency: oneOfWords(Object.keys(consistencies)),
  replicas: { allowed: "a number from 1 to 99", isAllowed: (value) => /^[1-9][0-9]?$/.test(value) },
  tls: { allowed: "true, or leave it out", isAllowed: (value) => value === "true" },
  ca: anyText("the name of a file"),
  cert: anyText("the name of a file"),
  key: anyText("the name of a file"),
  serverName: anyText("the name in the certificates")
} satisfies Readonly<Record<string, AddressOption>>

type Options = Readonly<Partial<Record<keyof typeof options, string>>>

/** `NetworkTopologyStrategy` where the data centre is named, as clusters of several nodes want it. */
const replicationOf = (replicas: string, datacenter: string | undefined): string =>
  datacenter === undefined
    ? `{'class': 'SimpleStrategy', 'replication_factor': ${replicas}}`
    : `{'class': 'NetworkTopologyStrategy', '${datacenter}': ${replicas}}`

const tlsOf = (given: Options): CassandraTlsFiles | undefined => {
  const files = tlsNames.filter((name) => given[name] !== undefined)
  if (files.length === 0 && given.tls === undefined) return undefined
  return Object.fromEntries(files.map((name) => [name, given[name]]))
}

/**
 * Takes apart `cassandra://[USER@]HOST[:PORT][,HOST…]/KEYSPACE`, with any of `?datacenter=`, `consistency=`, `replicas=`,
 * `tls=true`, `ca=`, `cert=`, `key=` and `serverName=` behind it, or says what is wrong with it, as a part of a sentence.
 */
export const parseCassandraAddress = (address: string): Result.Result<CassandraAddress, string> =>
  Result.gen(function* () {
    if (hasPassword(address)) {
      return yield* Result.fail(`a password has no place in it: write USER@, and put it into ${storePasswordName}`)
    }
    const { hosts, name: keyspace, query, user } = yield* addressParts(address, cassandraAddress)
    const contactPoints = hosts.split(",")
    for (const each of contactPoints) yield* hostAndPort(each, cassandraAddress)
    if (keyspace === "") return yield* Result.fail(`the keyspace is missing in it: write ${cassandraAddress}`)
    if (!/^[a-zA-Z]\w{0,47}$/.test(keyspace)) {
      const allowed = "give up to 48 letters, digits and underscores, of which the first is a letter"
      return yield* Result.fail(`"${keyspace}" is no name of a keyspace: ${allowed}`)
    }
    const given: Options = yield* optionsOf(query, options)
    const { consistency, datacenter, replicas } = given
    if ((given.cert === undefined) !== (given.key === undefined)) {
      return yield* Result.fail("a certificate is of no use without its key: write both cert and key, or neither")
    }
    const tls = tlsOf(given)
    return {
      contactPoints,
      keyspace,
      ...(user === undefined ? {} : { username: user }),
      ...(datacenter === undefined ? {} : { datacenter }),
      ...(isConsistency(consistency) ? { consistency } : {}),
      ...(replicas === undefined ? {} : { replication: replicationOf(replicas, datacenter) }),
      ...(tls === undefined ? {} : { tls })
    }
  })
