/** A pseudo-random generator (sfc32) as plain data, so that a state that holds it can be copied and compared. */
export interface Dice {
  a: number
  b: number
  c: number
  counter: number
}

const word = (dice: Dice): number => {
  const sum = (((dice.a + dice.b) | 0) + dice.counter) | 0
  dice.counter = (dice.counter + 1) | 0
  dice.a = dice.b ^ (dice.b >>> 9)
  dice.b = (dice.c + (dice.c << 3)) | 0
  dice.c = (((dice.c << 21) | (dice.c >>> 11)) + sum) | 0
  return sum >>> 0
}

/** Makes a generator; the same two numbers give the same throws. */
export const makeDice = (seed: number, salt: number): Dice => {
  const dice: Dice = { a: seed | 0, b: Math.floor(seed / 2 ** 32) | 0, c: salt | 0, counter: 1 }
  for (let round = 0; round < 12; round++) word(dice)
  return dice
}

/** Throws: a whole number from 0 to `bound` - 1. */
export const below = (dice: Dice, bound: number): number => Math.floor((word(dice) / 2 ** 32) * bound)
