import { describe, expect, it } from "vitest"
import { median, rateText, secondsText, virtualText } from "../../../../../runtimes/node/cli/simulate/Words.ts"

describe("the words of a simulation", () => {
  it("say virtual time in the greatest unit of which there is a tenth", () => {
    const year = 31_557_600_000
    expect([0, 90, 4200, 7_200_000, 3 * 86_400_000, 1.44 * year, 250 * year].map(virtualText)).toEqual([
      "0 virtual seconds",
      "0.09 virtual seconds",
      "4.2 virtual seconds",
      "2 virtual hours",
      "3 virtual days",
      "1.4 virtual years",
      "250 virtual years"
    ])
  })

  it("say rates in millions a second, also of what took no time", () => {
    expect(rateText(3_000_000, 2)).toBe("1.50 M/s")
    expect(rateText(1000, 0)).toBe("1.00 M/s")
  })

  it("say seconds as short as they are told apart", () => {
    expect([0.04, 3.14, 42.4].map(secondsText)).toEqual(["0.0", "3.1", "42"])
  })

  it("know the middle one of some numbers", () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([4, 1, 2, 3])).toBe(2)
    expect(median([])).toBe(0)
  })
})
