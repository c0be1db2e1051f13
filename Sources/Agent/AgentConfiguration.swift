/// Everything that an agent is told at its start.
public struct AgentConfiguration: Sendable {
  /// `https://HOST:PORT` of the hub's listener for agents.
  public var hub: String
  /// A file with a join token; needed until the agent has joined.
  public var tokenFile: String?
  public var cluster: ClusterLocation
  /// Where the agent keeps its key and its certificate, and nothing else.
  public var stateDirectory: String
  /// The program's version.
  public var version: String

  public init(
    hub: String, tokenFile: String? = nil, cluster: ClusterLocation, stateDirectory: String,
    version: String
  ) {
    self.hub = hub
    self.tokenFile = tokenFile
    self.cluster = cluster
    self.stateDirectory = stateDirectory
    self.version = version
  }
}

/// Why an agent cannot go on without somebody's doing; one line.
public struct AgentError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
