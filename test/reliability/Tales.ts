import { crashTales } from "./stories/Crashes.ts"
import { damageKafkaTales, damageTales } from "./stories/Damage.ts"
import { foldingTales } from "./stories/Folding.ts"
import { readingKafkaTales, readingTales } from "./stories/Reading.ts"
import { sizeTales } from "./stories/Sizes.ts"
import type { KafkaTale, Tale } from "./Tale.ts"

const inOrder = <A extends { readonly number: number }>(all: ReadonlyArray<A>): ReadonlyArray<A> =>
  all.toSorted((a, b) => a.number - b.number)

/** The stories that share a Kafka with everybody. */
export const tales: ReadonlyArray<Tale> = inOrder([
  ...foldingTales,
  ...crashTales,
  ...readingTales,
  ...damageTales,
  ...sizeTales
])

/** The stories that have a Kafka of their own. */
export const kafkaTales: ReadonlyArray<KafkaTale> = inOrder([...readingKafkaTales, ...damageKafkaTales])
