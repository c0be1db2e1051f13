internal import HTTPTypes
internal import Hummingbird

/// Every operation of the API.
enum APIRoutes {
  static let all: [APIRoute] =
    HealthRoutes.all + FleetRoutes.all + RolloutRoutes.all + PlanRoutes.all + CommandRoutes.all
    + SimulationRoutes.all + EventRoutes.all + AgentRoutes.all
    + LogRoutes.all + PerformanceRoutes.all
}
