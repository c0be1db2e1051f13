/// Waits until `condition` holds. The deadline is only for a failing test, on a busy machine.
func eventually(_ what: String, _ condition: () throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(120)
  while try !condition() {
    guard ContinuousClock.now < deadline else {
      throw ProgramFailure(description: "two minutes passed before \(what)")
    }
    try await Task.sleep(for: .milliseconds(10))
  }
}
