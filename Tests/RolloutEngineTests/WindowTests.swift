import FleetModel
import Manifests
import RolloutEngine
import Testing

/// When changes may start: windows, and the emergency stop.
@Suite struct WindowTests {
  let id = RolloutID("web-dev-1")
  /// 2026-03-02T09:00:00Z, a Monday.
  static let monday = Instant(milliseconds: 1_772_442_000_000)

  private func play(_ windows: Window...) throws -> Play {
    var play = try Play(
      ["dev": ["a", "b"]], strategy: .waves(.named("canary", ["a"]), .named("rest")))
    play.now = WindowTests.monday
    try play.reconfigure { $0.windows = windows }
    return play
  }

  private func window(
    _ kind: Window.Kind, _ schedule: String, hours: Int, zone: String = "UTC",
    clusters: LabelSelector = LabelSelector()
  ) -> Window {
    Window(
      name: "office", kind: kind, schedule: schedule, duration: .minutes(hours * 60),
      timeZone: zone, clusters: clusters, reason: "people are there")
  }

  @Test func nothingStartsOutsideOfItsWindowAndExplainSaysUntilWhen() throws {
    var play = try play(window(.allow, "0 14 * * mon-fri", hours: 2))
    try play.commit(1)
    #expect(try play.rollout(id).phase == .planned)
    let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
    #expect(blocker.what == "outside of window 'office': people are there")
    #expect(blocker.until == play.now + .minutes(5 * 60))
    #expect(play.state.nextTimer == blocker.until)
    try play.wait(.minutes(5 * 60))
    #expect(play.dispatched == ["a"])
  }

  /// Found by a random schedule: two reports after the opening, and then nobody looked.
  @Test func whatComesBetweenAnOpeningAndTheTickLosesNothing() throws {
    var play = try play(window(.allow, "0 14 * * mon-fri", hours: 2))
    try play.commit(1)
    play.now = play.now + .minutes(5 * 60 + 1)
    for _ in 0..<3 {
      try play.give(.inventory(InventoryReport(cluster: "a", digests: [:], observedAt: play.now)))
      #expect(play.state.nextTimer.map { $0 <= play.now } == true)
      let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
      #expect(blocker.what == "a window has just opened")
      play.now = play.now + .seconds(1)
    }
    try play.give(.tick)
    #expect(play.dispatched == ["a"])
  }

  @Test func whatIsInFlightFinishesAndTheNextWaveWaitsForTheNextOpening() throws {
    var play = try play(window(.allow, "0 8 * * mon-fri", hours: 2))
    try play.reconfigure { $0.environments[0].strategy.waves[0].soak = .minutes(70) }
    try play.commit(1)
    #expect(play.dispatched == ["a"])
    try play.healthy("a")
    try play.wait(.minutes(70))
    #expect(play.moves == ["wavePassed"])
    let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
    #expect(blocker.until == WindowTests.monday + .minutes(23 * 60))
    try play.wait(.minutes(23 * 60 - 70))
    #expect(play.dispatched == ["b"])
  }

  @Test func aWindowThatDeniesWinsOverOneThatAllows() throws {
    var play = try play(
      window(.allow, "0 8 * * *", hours: 12),
      Window(
        name: "stock-taking", kind: .deny, schedule: "30 8 2 mar *", duration: .minutes(60)))
    try play.commit(1)
    let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
    #expect(blocker.what == "window 'stock-taking' lets nothing start")
    #expect(blocker.until == play.now + .minutes(30))
    try play.wait(.minutes(30))
    #expect(play.dispatched == ["a"])
  }

  /// Openings that follow each other without a gap are one.
  @Test(arguments: [
    ("0 8 * * *", 10, 600), ("0 0 * * mon-tue", 24, 2 * 1440), ("0 8,10,12 * * *", 3, 7 * 60),
  ])
  func anOpenWindowTellsUntilWhen(schedule: String, hours: Int, minutes: Int) throws {
    var play = try play(window(.deny, schedule, hours: hours))
    try play.commit(1)
    let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
    let opened = schedule.hasPrefix("0 8") ? 8 * 60 : 0
    #expect(blocker.until == play.now + .minutes(minutes + opened - 9 * 60))
  }

  @Test(arguments: ["* * * * *", "0 * * * *"])
  func aWindowThatNeverClosesTellsNoEnd(schedule: String) throws {
    var play = try play(window(.deny, schedule, hours: 1))
    try play.commit(1)
    let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
    #expect(blocker.until == nil)
  }

  @Test func aWindowMayHoldForSomeClustersOnly() throws {
    let selector = LabelSelector([LabelSelector.Requirement("name", .isIn, ["a"])])
    var play = try play(window(.allow, "0 14 * * *", hours: 2, clusters: selector))
    try play.reconfigure { $0.environments[0].strategy = .allAtOnce }
    try play.commit(1)
    #expect(play.dispatched == ["b"])
    try play.healthy("b")
    #expect(
      play.state.blockers(of: .target(id, cluster: "a"), at: play.now).first?.what
        == "a: outside of window 'office': people are there")
    try play.wait(.minutes(5 * 60))
    #expect(play.dispatched == ["a"])
  }

  /// Berlin: clocks go from 2:00 to 3:00 on 29 March 2026 and from 3:00 to 2:00 on 25 October.
  @Test(arguments: [
    // Winter and summer: 9:00 there is 8:00 and 7:00 in UTC.
    ("0 9 * * *", 1_772_442_000_000, 1_772_524_800_000),
    ("0 9 * * *", 1_775_034_000_000, 1_775_113_200_000),
    // 2:30 does not exist on 29 March: as if clocks had not been changed yet, 1:30 UTC.
    ("30 2 29 3 *", 1_772_442_000_000, 1_774_747_800_000),
    // 2:30 comes twice on 25 October: the first, 0:30 UTC.
    ("30 2 25 10 *", 1_772_442_000_000, 1_792_888_200_000),
    // The next 29 February.
    ("0 12 29 2 *", 1_772_442_000_000, 1_835_434_800_000),
  ])
  func aScheduleIsReadOnTheClockOfItsZone(
    _ schedule: String, _ now: Int64, _ opening: Int64
  ) throws {
    var play = try play()
    play.now = Instant(milliseconds: now)
    try play.reconfigure {
      $0.windows = [window(.allow, schedule, hours: 1, zone: "Europe/Berlin")]
    }
    try play.commit(1)
    let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
    #expect(blocker.until == Instant(milliseconds: opening))
  }

  @Test func aHubThatWasRestartedStillKnowsItsWindows() throws {
    var play = try play(window(.allow, "0 14 * * *", hours: 2))
    try play.commit(1)
    play.engine = Engine(try State(rows: play.state.rows, sequence: play.state.sequence))
    try play.give(.tick)
    #expect(play.moves.isEmpty)
    #expect(play.state.nextTimer == play.now + .minutes(5 * 60))
    try play.wait(.minutes(5 * 60))
    #expect(play.dispatched == ["a"])
  }

  @Test func aRollbackWaitsForNoWindow() throws {
    var play = try play()
    try play.commit(1)
    try play.healthy("a", "b")
    try play.commit(2)
    try play.reconfigure { $0.windows = [window(.deny, "0 * * * *", hours: 1)] }
    try play.press(.rollback(RolloutID("web-dev-2"), .rollout))
    #expect(play.dispatched == ["a"])
  }

  @Test func aFrozenFleetDispatchesNothingUntilItIsUnfrozen() throws {
    var play = try play()
    try play.press(.freeze(environment: nil, until: play.now + .minutes(30)), reason: "fire")
    try play.commit(1)
    #expect(play.dispatched.isEmpty)
    let blocker = try #require(play.state.blockers(of: .rollout(id), at: play.now).first)
    #expect(blocker.what == "the fleet is frozen by anna: fire")
    #expect(blocker.command == "flotilla unfreeze")
    #expect(
      try play.refusal(.promote(change: Play.commit(1), environment: "dev")).remedy
        == "to end that: flotilla unfreeze")
    #expect(
      try play.refusal(.unfreeze(environment: "dev")).remedy == "what is: flotilla unfreeze")
    try play.wait(.minutes(30))
    #expect(play.moves.first == "fleetUnfrozen" && play.dispatched == ["a"])
  }

  @Test func oneEnvironmentCanBeFrozen() throws {
    var play = try play()
    try play.commit(1)
    try play.press(.freeze(environment: "dev", until: nil), reason: "fire")
    try play.healthy("a")
    #expect(play.dispatched.isEmpty)
    try play.press(.unfreeze(environment: "dev"))
    #expect(play.dispatched == ["b"])
  }
}
