import { describe, expect, it } from "vitest"
import { parseCassandraAddress } from "../../../runtimes/node/CassandraAddress.ts"

describe("the address of a keyspace of Cassandra", () => {
  it.each([
    ["cassandra://localhost/journal", { contactPoints: ["localhost"], keyspace: "journal" }],
    [
      "cassandra://a.example.com,10.0.0.1:9043,[::1]:9042/my_journal",
      { contactPoints: ["a.example.com", "10.0.0.1:9043", "[::1]:9042"], keyspace: "my_journal" }
    ],
    [
      "cassandra://me%40home@a/journal?datacenter=dc1&consistency=quorum&replicas=3",
      {
        contactPoints: ["a"],
        keyspace: "journal",
        username: "me@home",
        datacenter: "dc1",
        consistency: "quorum",
        replication: "{'class': 'NetworkTopologyStrategy', 'dc1': 3}"
      }
    ],
    [
      "cassandra://a/journal?replicas=2",
      {
        contactPoints: ["a"],
        keyspace: "journal",
        replication: "{'class': 'SimpleStrategy', 'replication_factor': 2}"
      }
    ],
    ["cassandra://a/journal?tls=true", { contactPoints: ["a"], keyspace: "journal", tls: {} }],
    [
      "cassandra://a/journal?ca=/etc/ca.pem&cert=c.pem&key=k.pem&serverName=node",
      {
        contactPoints: ["a"],
        keyspace: "journal",
        tls: { ca: "/etc/ca.pem", cert: "c.pem", key: "k.pem", serverName: "node" }
      }
    ]
  ])("%s", (address, parts) => {
    expect(parseCassandraAddress(address)).toEqual(parts)
  })

  it.each([
    "cassandra://",
    "cassandra:///journal",
    "cassandra://a",
    "cassandra://a/",
    "cassandra://a,/journal",
    "cassandra://a:b/journal",
    "cassandra://me:secret@a/journal",
    "cassandra://a/journal?tls=no",
    "cassandra://a/journal?tls=true&tls=true",
    "cassandra://a/journal?replicas=0",
    "cassandra://a/journal?datacenter=d'c",
    "cassandra://a/journal#x",
    "cassandra://a/jour-nal"
  ])("%s is none", (address) => {
    expect(parseCassandraAddress(address)).toBeUndefined()
  })
})
