import FleetModel
import Testing

/// Who has which roles, and whether what asks for roles can be answered.
@Suite struct AccessTests {
  private func fleet(_ bindings: String, prod: String = "") -> FleetFixture {
    var fixture = FleetFixture()
    fixture.files["fleet/access.yaml"] = object("Access", "people", "bindings:\n\(bindings)")
    if !prod.isEmpty {
      fixture.files["fleet/environments/prod.yaml"] = object(
        "Environment", "prod", "clusters: env=prod\nafter: [dev]\n\(prod)")
    }
    return fixture
  }

  @Test func bindingsOfSeveralObjectsAddUp() throws {
    var fixture = fleet("  - {role: approver, users: [ada, ben], environments: [prod]}")
    fixture.files["fleet/teams/shop.yaml"] = object(
      "Access", "shop", "bindings: [{role: shop owner, groups: [shop], apps: [default]}]")
    let loaded = try fixture.load()
    #expect(loaded.findings == [])
    #expect(
      loaded.configuration?.access == [
        RoleBinding(role: "approver", users: ["ada", "ben"], environments: ["prod"]),
        RoleBinding(role: "shop owner", groups: ["shop"], apps: ["default"]),
      ])
    #expect(loaded.place(.access, "shop")?.file == "fleet/teams/shop.yaml")
  }

  @Test func aBindingWithoutPeopleIsOneErrorAtItsRole() throws {
    #expect(
      try fleet("  - role: approver\n    apps: [default]").findings() == [
        "fleet/access.yaml:6:13: error: nobody is given the role 'approver'; add 'users' or 'groups'"
      ])
    #expect(
      try fleet("  - {role: approver, users: []}").findings() == [
        "fleet/access.yaml:6:31: error: expected at least 1 in this list"
      ])
    #expect(
      try fleet("  []").findings() == [
        "fleet/access.yaml:6:5: error: expected at least 1 in this list"
      ])
  }

  @Test func aUserThatIsANumberIsToBeQuoted() throws {
    #expect(
      try fleet("  - {role: approver, users: [1000]}").findings() == [
        "fleet/access.yaml:6:32: error: expected text, found a number; write it in quotes: \"1000\""
      ])
  }

  @Test func appsAndEnvironmentsMustExist() throws {
    #expect(
      try fleet("  - {role: approver, users: [ada], environments: [prd], apps: [shop]}").findings()
        == [
          "fleet/access.yaml:6:53: error: there is no Environment 'prd'; did you mean 'prod'?",
          "fleet/access.yaml:6:66: error: there is no App 'shop'; known are default",
        ])
  }

  @Test func aRoleThatNobodyHasWhereItIsAskedForIsAWarning() throws {
    let asked = "promotion: {approvals: {roles: [approver]}}"
    #expect(
      try fleet("  - {role: approver, users: [ada], environments: [dev]}", prod: asked).findings()
        == [
          "fleet/environments/prod.yaml:7:34: warning: nobody has the role 'approver' in "
            + "environment 'prod'; bind it in an Access object, such as fleet/access.yaml"
        ])
    #expect(
      try fleet("  - {role: aprover, users: [ada]}", prod: asked).findings() == [
        "fleet/environments/prod.yaml:7:34: warning: nobody has the role 'approver' in "
          + "environment 'prod'; did you mean 'aprover'?"
      ])
  }

  @Test func aGateThatAsksForMorePeopleThanThereAreIsAWarningAtItsStrategy() throws {
    var fixture = fleet(
      "  - {role: approver, users: [ada]}", prod: "strategy: careful")
    fixture.files["fleet/strategies/careful.yaml"] = object(
      "Strategy", "careful",
      "waves:\n  - name: all\n    before: [{approval: {required: 2, roles: [approver, admin]}}]")
    #expect(
      try fixture.findings() == [
        "fleet/strategies/careful.yaml:7:48: warning: 2 people must agree, but 1 has the role "
          + "'approver' or 'admin' in environment 'prod'; ask for fewer, or bind the role to more people"
      ])
    // Nobody knows how many a group has.
    fixture.files["fleet/access.yaml"] = object(
      "Access", "people", "bindings: [{role: admin, groups: [wheel]}]")
    #expect(try fixture.findings() == [])
  }
}
