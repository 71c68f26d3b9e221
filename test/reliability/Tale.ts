import type * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { OwnServer } from "./OwnServer.ts"
import type { Subject } from "./Subject.ts"

/** What is told with a store, until it comes to its end or to something that must not be. */
export type Telling = Effect.Effect<void, unknown, Scope>

/** A story that is told of every store; its name says what a reader sees. */
export interface Tale {
  readonly number: number
  readonly name: string
  readonly tell: (subject: Subject) => Telling
}

/** One in which Kafka goes down, and is therefore another than the one that all share. */
export interface KafkaTale {
  readonly number: number
  readonly name: string
  readonly tell: (subject: Subject, kafka: OwnServer<"kafka">) => Telling
}
