import { expect, it } from "vitest"
import { requestFailure } from "../../../adapters/cassandra/CassandraError.ts"

const place = { keyspace: "journal", contactPoints: ["10.0.0.1"] }

/** An error as the driver makes it, which says what it is by its name. */
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name })

it.each([
  ["no user", "Host h:9042 requires authentication, but no authenticator found in the options"],
  ["an empty password", "Password must not be null"]
])("where %s is given, it says where the password goes", (_, said) => {
  const { error } = requestFailure("open", place, named("AuthenticationError", said))
  expect(error).toMatchObject({
    reason: "Failed",
    message: `Cassandra keyspace journal (at 10.0.0.1) asks for a user and a password (${said}): give both, as credentials, or to the command line as USER@ in the address and in ODRADEK_STORE_PASSWORD.`
  })
})

it("a wrong password is to be corrected, or the user", () => {
  const said = "Provided username cassandra and/or password are incorrect"
  const { error } = requestFailure("open", place, named("AuthenticationError", said))
  expect(error.message).toBe(
    `Cassandra keyspace journal (at 10.0.0.1) does not accept the credentials (${said}): correct them.`
  )
})

it.each([
  ["a node whose connections are all gone", new Error("No connection available")],
  ["a connection that is lost in the middle of a request", named("DriverError", "Socket was closed")],
  ["a driver that has lost its nodes", named("DriverInternalError", "Connection reference has been lost")]
])("%s is one that cannot be reached, not one that refuses", (_, thrown) => {
  const failure = requestFailure("head", place, thrown)
  expect(failure.error).toMatchObject({
    reason: "Unreachable",
    message: `Cassandra keyspace journal (at 10.0.0.1) cannot be reached (${thrown.message}): check that it is up, its hosts and its port.`
  })
})

const unavailable = (consistencies: number, required: number): Error =>
  Object.assign(named("ResponseError", "Not enough nodes are alive"), {
    code: 0x1000,
    consistencies,
    required,
    alive: 1
  })

it.each([
  ["three", 3, 3, ", or ask for less, with consistency=localQuorum in an address"],
  ["localQuorum", 6, 2, ""]
])(
  "the consistency %s that nodes cannot give which are down is named, with what it needs and what is there, and tried again",
  (name, code, required, less) => {
    const said = `Cassandra keyspace journal (at 10.0.0.1) has 1 of the ${required} replicas up that the consistency ${name} needs: start its nodes${less}.`
    const failure = { kind: "Retry", error: { reason: "Unreachable", message: said } }
    expect(requestFailure("head", place, unavailable(code, required))).toMatchObject(failure)
    expect(requestFailure("head", place, unavailable(code, required), 3)).toMatchObject(failure)
  }
)

it.each([
  ["three", 3, 3, 2, "2 nodes", ", or ask for less, with consistency=localQuorum in an address"],
  ["localQuorum", 6, 2, 1, "1 node", ""]
])(
  "the consistency %s that a cluster is too small for is not asked for again",
  (name, code, required, nodes, size, less) => {
    expect(requestFailure("head", place, unavailable(code, required), nodes)).toMatchObject({
      kind: "Refused",
      error: {
        reason: "Unreachable",
        message: `Cassandra keyspace journal (at 10.0.0.1) has 1 of the ${required} replicas up that the consistency ${name} needs, and its cluster has ${size} in all: add nodes, or lower its replication factor${less}.`
      }
    })
  }
)
