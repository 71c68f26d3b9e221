import * as Result from "effect/Result"
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
    expect(parseCassandraAddress(address)).toEqual(Result.succeed(parts))
  })

  it.each([
    ["cassandra:a", "it is not complete: write cassandra://HOST/KEYSPACE"],
    ["cassandra:///journal", "a host is missing in it: write cassandra://HOST/KEYSPACE"],
    ["cassandra://a", "the keyspace is missing in it: write cassandra://HOST/KEYSPACE"],
    ["cassandra://a/", "the keyspace is missing in it: write cassandra://HOST/KEYSPACE"],
    ["cassandra://a,/journal", "a host is missing in it: write cassandra://HOST/KEYSPACE"],
    ["cassandra://a:b/journal", '"a:b" is no host: write HOST or HOST:PORT, with a port from 1 to 65535'],
    ["cassandra://a:65536/journal", '"a:65536" is no host: write HOST or HOST:PORT, with a port from 1 to 65535'],
    ...["me:secret@a", "me:sec/ret@a", "me:sec?ret@a", "me:12345@a", "me:s@ecret@a"].map((at) => [
      `cassandra://${at}/journal`,
      "a password has no place in it: write USER@, and put it into ODRADEK_STORE_PASSWORD"
    ]),
    [
      "cassandra://me%zz@a/journal",
      "a part of it has a % that encodes nothing: write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25"
    ],
    [
      "cassandra://a/journal#x",
      "a part of it has a character that stands for something else: write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25"
    ],
    [
      "cassandra://a/jour-nal",
      '"jour-nal" is no name of a keyspace: give up to 48 letters, digits and underscores, of which the first is a letter'
    ],
    [
      "cassandra://a/journal?datacentre=dc1",
      '"datacentre" is no option of it (perhaps datacenter): there are datacenter, consistency, replicas, tls, ca, cert, key and serverName'
    ],
    [
      "cassandra://a/journal?zzz=1",
      '"zzz" is no option of it: there are datacenter, consistency, replicas, tls, ca, cert, key and serverName'
    ],
    ["cassandra://a/journal?tls=no", 'its option tls is "no": write true, or leave it out'],
    ["cassandra://a/journal?tls=true&tls=true", "it has the option tls twice: write it once"],
    ["cassandra://a/journal?replicas=0", 'its option replicas is "0": write a number from 1 to 99'],
    [
      "cassandra://a/journal?consistency=each_quorum",
      'its option consistency is "each_quorum" (perhaps eachQuorum): write one, two, three, quorum, all, localOne, localQuorum or eachQuorum'
    ],
    [
      "cassandra://a/journal?datacenter=d'c",
      'its option datacenter is "d\'c": write the name of a data centre: letters, digits, underscores, dashes and dots'
    ],
    [
      "cassandra://a/journal?cert=c.pem",
      "a certificate is of no use without its key: write both cert and key, or neither"
    ]
  ])("%s is none: %s", (address, why) => {
    expect(parseCassandraAddress(address)).toEqual(Result.fail(why))
  })
})
