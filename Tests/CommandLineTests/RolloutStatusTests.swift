import FleetModel
import HubAPI
import Testing

@testable import flotilla

@Suite("How a rollout looks")
struct RolloutStatusTests {
  private func text(
    _ rollout: RolloutDocument, width: Int = 80, glyphs: Glyphs = .unicode, suffix: String = ""
  ) -> String {
    RolloutStatusText(now: now, width: width, glyphs: glyphs, commandSuffix: suffix).lines(rollout)
      .map { $0.rendered(colour: false) }.joined(separator: "\n")
  }

  @Test func theWaveLadderShowsHowFarEachWaveIs() {
    #expect(
      text(.running) == """
        rollout web-prod-3  web → prod
        change  4f2a91c0d3b5  Raise replicas of the checkout
        state   running for 12m

          WAVE    STATE        PROGRESS                    IN FLIGHT  FAILED  SOAK
        ✔ canary  passed       ████████████████████  1/1           0  0 of 0  10m
        ● eu      progressing  █████████░░░░░░░░░░░  3/8           2  1 of 1  ·
        ○ us      pending      ░░░░░░░░░░░░░░░░░░░░  0/12          0  0 of 0  5m
        """)
  }

  @Test func aPausedRolloutSaysByWhomSinceWhenWhyAndHowItGoesOn() {
    #expect(
      text(.paused) == """
        rollout web-prod-3  web → prod
        change  4f2a91c0d3b5  Raise replicas of the checkout
        state   paused by anna 3m12s ago
        reason  the database team asks
        resume  flotilla rollout resume web-prod-3 --reason 'WHY'

          WAVE    STATE    PROGRESS                  IN FLIGHT  FAILED  SOAK
        ✔ canary  passed   ████████████████████ 1/1          0  0 of 0  ·
        ○ eu      pending  ░░░░░░░░░░░░░░░░░░░░ 0/8          0  0 of 0  ·
        """)
  }

  @Test func aPausedWaveOfARunningRolloutNamesTheCommandForThatWave() {
    let rollout = RolloutDocument.sample(
      phase: "running",
      waves: [
        .sample(
          "eu", 0, "progressing", TargetCounts(total: 8, done: 2),
          pause: DecisionDocument(by: "anna", since: before(.minutes(3)), reason: "look first"))
      ])
    let text = text(rollout)
    #expect(text.contains("wave    eu paused by anna 3m ago\nreason  look first\n"))
    #expect(text.contains("flotilla rollout resume web-prod-3 --wave eu --reason 'WHY'"))
    #expect(text.contains("‖ eu"))
  }

  @Test func aHaltedRolloutSaysWhyAndWhatAPersonCanDo() {
    let rollout = RolloutDocument.sample(
      phase: "halted",
      waves: [.sample("eu", 0, "progressing", TargetCounts(total: 4, done: 1, failed: 2))],
      reason: "wave 'eu' has 2 failures of 0 allowed",
      blockers: [
        BlockerDocument(
          object: "rollout/web-prod-3", message: "halted: wave 'eu' has 2 failures of 0 allowed",
          since: before(.minutes(2)), clearedBy: "a person",
          command: "flotilla rollout retry web-prod-3 --reason 'WHY'")
      ])
    let text = text(rollout)
    #expect(
      text.contains(
        "state   halted 4m ago\nreason  wave 'eu' has 2 failures of 0 allowed\nretry   "))
    #expect(text.contains("✘ eu"))
    #expect(!text.contains("What it waits for"))
    #expect(text.contains("2 of 0"))
    #expect(text.contains("flotilla rollout retry web-prod-3 --reason 'WHY'"))
  }

  @Test func whatIsOverNamesWhatItLeftBehind() {
    var rollout = RolloutDocument.sample(
      phase: "succeededWithDebt", isOver: true,
      waves: [.sample("eu", 0, "passed", TargetCounts(total: 4, done: 2, failed: 2))],
      ended: before(.minutes(4)))
    rollout.debt = ["eu-2": "no such image", "eu-1": "skipped"]
    #expect(text(rollout).contains("4m ago, after 8m\ndebt    eu-1, eu-2\n"))
  }

  @Test func aSoakCountsDownAndNeverShowsZeroBeforeItsEnd() {
    func soak(_ left: TimeSpan) -> String {
      text(
        .sample(
          phase: "running",
          waves: [
            .sample(
              "eu", 0, "soaking", TargetCounts(total: 1, done: 1), soak: "10m",
              soakEnds: after(left))
          ]))
    }
    #expect(soak(.seconds(95)).contains("95s to go"))
    #expect(soak(TimeSpan(milliseconds: 1)).contains("1s to go"))
  }

  @Test func whatIsDeletedLastIsListedWithTheReasonWhyItWaits() {
    var rollout = RolloutDocument.running
    rollout.deletions = DeletionsDocument(
      wave: "deletions", list: "4f2a91c0d3b5e6a7", clusters: 2, objects: 4,
      objections: ["StatefulSet web/db on 2 clusters"],
      lists: [
        .init(
          clusters: ["eu-1", "eu-2"],
          objects: [
            .init(
              group: "apps", kind: "StatefulSet", namespace: "web", name: "db", isReplaced: false),
            .init(
              group: "", kind: "ConfigMap", namespace: "web", name: "env-5t8g7h6k2m",
              isReplaced: true),
          ])
      ])
    #expect(
      text(rollout).hasSuffix(
        """

        What it deletes last  4 objects on 2 clusters, list 4f2a91c0d3b5
          needs an approval: StatefulSet web/db on 2 clusters
          eu-1, eu-2
            StatefulSet web/db
            ConfigMap web/env-5t8g7h6k2m  replaced under another name
        """))
  }

  @Test func anEndedRolloutSaysHowLongItTook() {
    let rollout = RolloutDocument.sample(
      phase: "succeeded", isOver: true,
      waves: [.sample("all", 0, "passed", TargetCounts(total: 3, done: 3))],
      ended: before(.minutes(3)))
    #expect(text(rollout).contains("state   succeeded 3m ago, after 9m"))
  }

  @Test func commandsReachTheHubThatWasAsked() {
    #expect(
      text(.paused, width: 120, suffix: " --hub unix:/tmp/h.sock").contains(
        "flotilla rollout resume web-prod-3 --reason 'WHY' --hub unix:/tmp/h.sock"))
  }

  @Test(arguments: [20, 40, 60, 80, 140])
  func noLineIsWiderThanTheTerminal(width: Int) {
    for rollout in [RolloutDocument.running, .paused] {
      for line in RolloutStatusText(now: now, width: width, glyphs: .unicode).lines(rollout) {
        // A command is not cut: pasted without its end it would do something else.
        #expect(line.width <= width || line.isWhole, "\(line.plainText)")
      }
    }
  }

  @Test func aCommandIsWholeOnTheNarrowestTerminal() {
    #expect(text(.paused, width: 30).contains("flotilla rollout resume web-prod-3 --reason 'WHY'"))
  }

  @Test func aLongReasonGoesOnBelowItself() {
    var rollout = RolloutDocument.paused
    rollout.pause?.reason = "the database team asks for an hour of quiet before the next wave"
    #expect(
      text(rollout, width: 50).contains(
        "reason  the database team asks for an hour of\n        quiet before the next wave\n"))
  }

  @Test func theBarGivesWayOnANarrowTerminal() {
    let text = text(.running, width: 62)
    #expect(!text.contains("█"))
    #expect(text.contains("3/8"))
  }

  @Test func withoutUTF8EverySignIsASCII() {
    #expect(text(.running, glyphs: .ascii).utf8.allSatisfy { $0 < 0x80 })
  }

  @Test func aCommitMessageCannotSteerTheTerminal() {
    let rollout = RolloutDocument.sample(
      phase: "running", waves: [], subject: "evil \u{1B}[2J\u{202E}gnp.\n\tend")
    let text = text(rollout)
    #expect(!text.contains("\u{1B}"))
    #expect(!text.contains("\u{202E}"))
    #expect(text.contains("evil \u{FFFD}[2J"))
  }

  @Test(arguments: [
    ("succeeded", true, 0), ("succeededWithDebt", true, 0), ("running", false, 2),
    ("planned", false, 2), ("paused", false, 2), ("halted", false, 3), ("aborted", true, 1),
    ("superseded", true, 1),
  ])
  func theExitCodeTellsTheState(phase: String, isOver: Bool, code: Int32) {
    #expect(Phase.exit(phase, isOver: isOver).rawValue == code)
  }
}
