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

it("a consistency that the nodes cannot give is named, with what it needs and what is there", () => {
  const thrown = Object.assign(named("ResponseError", "Not enough nodes are alive"), {
    code: 0x1000,
    consistencies: 3,
    required: 3,
    alive: 1
  })
  expect(requestFailure("head", place, thrown)).toMatchObject({
    kind: "Retry",
    error: {
      reason: "Unreachable",
      message: expect.stringContaining("has 1 of the 3 replicas up that the consistency three needs: start its nodes")
    }
  })
})
