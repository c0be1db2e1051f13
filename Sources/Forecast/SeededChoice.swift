internal import Foundation

/// Choices that follow from a number: SplitMix64 (Steele, Lea, Flood 2014). The same number makes the
/// same choices for ever.
struct SeededChoice: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// The choices of one run out of many.
  init(seed: UInt64, run: Int) {
    var mixer = SeededChoice(seed: seed &+ UInt64(bitPattern: Int64(run)) &* 0xd134_2543_de82_ef95)
    state = mixer.next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }

  /// At least 0, less than 1.
  mutating func share() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// One of `count` places.
  mutating func place(among count: Int) -> Int { Int(share() * Double(count)) }

  /// Of the standard normal distribution, by the method of Box and Muller.
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - share())).squareRoot()
    return radius * cos(2 * .pi * share())
  }
}
