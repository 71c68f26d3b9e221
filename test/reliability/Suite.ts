import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { afterAll, beforeAll, describe, it } from "vitest"
import { kafka as kafkaRecipe } from "../services/servers/Kafka.ts"
import { OwnServer } from "./OwnServer.ts"
import { isFull } from "./Subject.ts"
import type { Subject } from "./Subject.ts"
import type { Telling } from "./Tale.ts"
import { kafkaTales, tales } from "./Tales.ts"

const tell = (story: Telling): Promise<void> =>
  Effect.runPromise(story.pipe(Effect.scoped, Effect.provide(Logger.layer([]))))

const titleOf = ({ name, number }: { readonly name: string; readonly number: number }): string =>
  `${String(number).padStart(2, "0")} ${name}`

/** Tells all stories of a store. */
export const tellAll = (subject: Subject): void => {
  describe(`a journal on Apache Kafka and ${subject.name}`, { timeout: isFull ? 3_600_000 : 300_000 }, () => {
    for (const tale of tales) it(titleOf(tale), () => tell(tale.tell(subject)))

    describe("when Kafka goes down", () => {
      let kafka: OwnServer<"kafka"> | undefined
      beforeAll(async () => {
        kafka = await OwnServer.start(kafkaRecipe)
      })
      afterAll(() => kafka?.[Symbol.asyncDispose]())
      for (const tale of kafkaTales) {
        it(titleOf(tale), () => {
          if (kafka === undefined) throw new Error("Kafka has not started.")
          return tell(tale.tell(subject, kafka))
        })
      }
    })
  })
}
