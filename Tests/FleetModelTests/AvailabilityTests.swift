import Manifests
import Testing

@testable import FleetModel

/// What the model names and this version does not carry out is refused by name, never ignored.
@Suite struct AvailabilityTests {
  @Test func aFieldOfALaterVersionIsRefusedByName() throws {
    var fixture = FleetFixture()
    fixture.files["fleet/fleet.yaml"] = object("Fleet", "shop", "stateBranch: fleet/state")
    #expect(
      try fixture.findings() == [
        "fleet/fleet.yaml:5:3: error: 'stateBranch' of Fleet is not available in this "
          + "version (the state branch); remove it"
      ])
  }

  @Test func aKindOfALaterVersionIsRefusedByName() throws {
    var fixture = FleetFixture()
    fixture.files["fleet/windows/night.yaml"] = object("Window", "night", "kind: deny")
    #expect(
      try fixture.findings(availability: Availability(unavailable: ["Window": "windows"])) == [
        "fleet/windows/night.yaml:1:1: error: kind Window is not available in this version "
          + "(windows); remove it"
      ])
  }

  @Test func theListNamesOnlyFieldsThatExist() throws {
    var known = Set(FleetKind.allCases.map(\.rawValue))
    func collect(_ shape: Shape) {
      switch shape {
      case .object(let object):
        for field in object.fields {
          known.insert("\(object.name).\(field.name)")
          collect(field.shape)
        }
      case .list(let item, _): collect(item)
      case .either(let shapes): shapes.forEach(collect)
      default: break
      }
    }
    for kind in FleetKind.allCases { collect(.object(FleetSchema.shape(of: kind))) }
    for key in Availability.thisVersion.unavailable.keys {
      let field = key.split(separator: "=").first.map(String.init) ?? key
      #expect(known.contains(field), "\(key) names nothing")
    }
  }

  @Test func windowsAreDecodedOnceTheyAreAvailable() throws {
    var fixture = FleetFixture()
    fixture.files["fleet/windows/night.yaml"] = object(
      "Window", "night",
      "kind: deny\nschedule: 30 22 * jan-mar mon,fri\nduration: 8h\ntimeZone: Europe/Berlin\n"
        + "environments: [prod]\napps: [default]\nclusters: region=eu\nreason: stock-taking")
    #expect(
      try fixture.load(availability: .everything).configuration?.windows == [
        Window(
          name: "night", kind: .deny, schedule: "30 22 * jan-mar mon,fri", duration: .minutes(480),
          timeZone: "Europe/Berlin", environments: ["prod"], apps: ["default"],
          clusters: try .init(parsing: "region=eu"), reason: "stock-taking")
      ])
  }

  @Test func aTimeZoneThatThereIsNotIsRefused() throws {
    var fixture = FleetFixture()
    fixture.files["fleet/w.yaml"] = object(
      "Window", "w", "kind: deny\nschedule: 0 8 * * *\nduration: 1h\ntimeZone: Europe/Atlantis")
    #expect(
      try fixture.findings() == [
        "fleet/w.yaml:8:13: error: there is no time zone 'Europe/Atlantis'; take a name of the "
          + "IANA database, such as Europe/Berlin or UTC"
      ])
  }

  @Test(arguments: [
    ("0 8 * *", "expected five fields (minute hour day-of-month month day-of-week), found 4"),
    (
      "60 8 * * *", "'60' is no minute: expected 0-59, a range, a list, or * with an optional /step"
    ),
    (
      "0 8 5-1 * *",
      "'5-1' is no day of month: expected 1-31, a range, a list, or * with an optional /step"
    ),
    (
      "*/0 8 * * *",
      "'*/0' is no minute: expected 0-59, a range, a list, or * with an optional /step"
    ),
    (
      "0 8 * * funday",
      "'funday' is no day of week: expected 0-7, a range, a list, or * with an optional /step"
    ),
  ])
  func badSchedulesSayWhichFieldIsWrong(_ schedule: String, _ fault: String) throws {
    var fixture = FleetFixture()
    fixture.files["fleet/w.yaml"] = object(
      "Window", "w", "kind: deny\nschedule: \"\(schedule)\"\nduration: 1h\nenvironments: [prd]")
    #expect(
      try fixture.findings(availability: .everything).first
        == "fleet/w.yaml:6:13: error: schedule '\(schedule)': \(fault)")
  }
}
