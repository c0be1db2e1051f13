/// 'Did you mean': the candidate that a mistyped word most likely stands for.
public enum Suggestion {
  /// The nearest candidate within a third of the word's length (at least 1, at most 3 edits);
  /// `nil` when none is near. Letter case counts as no edit.
  public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let limit = Swift.min(3, Swift.max(1, word.count / 3))
    let typed = Array(word.lowercased().utf8)
    // Far too long to be a slip of the hand; also bounds the work on hostile input.
    guard typed.count <= 100 else { return nil }
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
      let other = Array(candidate.lowercased().utf8)
      guard abs(other.count - typed.count) <= limit else { continue }
      let distance = distance(typed, other)
      guard distance <= limit, candidate != word else { continue }
      if best.map({ (distance, candidate) < ($0.distance, $0.candidate) }) ?? true {
        best = (distance, candidate)
      }
    }
    return best?.candidate
  }

  /// `did you mean 'x'?` or, without a near candidate, `otherwise`.
  public static func remedy(
    for word: String, among candidates: some Sequence<String>, otherwise: String? = nil
  ) -> String? {
    nearest(to: word, among: candidates).map { "did you mean '\($0)'?" } ?? otherwise
  }

  /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast = [Int]()
    var last = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var row = [i + 1]
      row.reserveCapacity(b.count + 1)
      for (j, y) in b.enumerated() {
        var cost = Swift.min(last[j + 1] + 1, row[j] + 1, last[j] + (x == y ? 0 : 1))
        if i > 0, j > 0, x == b[j - 1], a[i - 1] == y {
          cost = Swift.min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
