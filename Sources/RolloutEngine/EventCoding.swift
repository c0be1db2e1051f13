extension RecordedEvent {
  /// Canonical JSON: what the log stores.
  public var json: [UInt8] { CanonicalJSON.encode(self) }

  /// Reads what ``json`` wrote, in this or any earlier version.
  public init(json: [UInt8]) throws {
    self = try CanonicalJSON.decode(RecordedEvent.self, from: json)
  }
}

extension Event {
  /// The stable name, as in the JSON's `type`.
  public var type: String { parts.type.rawValue }

  private enum CodingKeys: String, CodingKey { case type }

  private enum Name: String, Codable {
    case configurationAccepted, configurationRefused
    case releaseRecorded, releaseExtended, commitUnchanged, commitInvalid
    case releaseQueued, releaseHeld, releaseSkipped, pinMoved, releaseStable
    case rolloutPlanned, rolloutStarted, rolloutPausing, rolloutPaused, rolloutResumed
    case rolloutHalted, rolloutRetried, rolloutSuperseding, rolloutSuperseded, rolloutAborted
    case rolloutSucceeded, rolloutSkipped, rolloutRollingBack, rolloutRolledBack, rolloutFailed
    case budgetRaised, rolloutApproved, gateReached, gateErring, gatePassed, gateFailed,
      waveVerifying
    case releaseRejected, releaseUnrejected, environmentHeld, environmentUnheld
    case fleetFrozen, fleetUnfrozen
    case waveOpened, waveSoaking, waveReopened, wavePassed, wavePaused, waveResumed
    case targetDispatched, targetApplied, targetProgressing, targetUnreachable, targetHealthy
    case targetRegressed, targetFailed, targetTimedOut, targetDeferred, targetGone
    case deletionsFound, deletionsForgotten, deletionsPlanned
    case inventoryRecorded, clusterCordoned, clusterUncordoned
    case driftObserved, driftEnded
    case agentInvited, agentAccepted, agentRevoked
  }

  private var parts: (type: Name, payload: any Encodable) {
    switch self {
    case .configurationAccepted(let payload): (.configurationAccepted, payload)
    case .configurationRefused(let payload): (.configurationRefused, payload)
    case .releaseRecorded(let payload): (.releaseRecorded, payload)
    case .releaseExtended(let payload): (.releaseExtended, payload)
    case .commitUnchanged(let payload): (.commitUnchanged, payload)
    case .commitInvalid(let payload): (.commitInvalid, payload)
    case .releaseQueued(let payload): (.releaseQueued, payload)
    case .releaseHeld(let payload): (.releaseHeld, payload)
    case .releaseSkipped(let payload): (.releaseSkipped, payload)
    case .pinMoved(let payload): (.pinMoved, payload)
    case .releaseStable(let payload): (.releaseStable, payload)
    case .releaseRejected(let payload): (.releaseRejected, payload)
    case .releaseUnrejected(let payload): (.releaseUnrejected, payload)
    case .environmentHeld(let payload): (.environmentHeld, payload)
    case .environmentUnheld(let payload): (.environmentUnheld, payload)
    case .fleetFrozen(let payload): (.fleetFrozen, payload)
    case .fleetUnfrozen(let payload): (.fleetUnfrozen, payload)
    case .rolloutPlanned(let payload): (.rolloutPlanned, payload)
    case .rolloutStarted(let payload): (.rolloutStarted, payload)
    case .rolloutPausing(let payload): (.rolloutPausing, payload)
    case .rolloutPaused(let payload): (.rolloutPaused, payload)
    case .rolloutResumed(let payload): (.rolloutResumed, payload)
    case .rolloutHalted(let payload): (.rolloutHalted, payload)
    case .rolloutRetried(let payload): (.rolloutRetried, payload)
    case .budgetRaised(let payload): (.budgetRaised, payload)
    case .rolloutSuperseding(let payload): (.rolloutSuperseding, payload)
    case .rolloutSuperseded(let payload): (.rolloutSuperseded, payload)
    case .rolloutAborted(let payload): (.rolloutAborted, payload)
    case .rolloutSucceeded(let payload): (.rolloutSucceeded, payload)
    case .rolloutSkipped(let payload): (.rolloutSkipped, payload)
    case .rolloutRollingBack(let payload): (.rolloutRollingBack, payload)
    case .rolloutRolledBack(let payload): (.rolloutRolledBack, payload)
    case .rolloutFailed(let payload): (.rolloutFailed, payload)
    case .waveOpened(let payload): (.waveOpened, payload)
    case .waveSoaking(let payload): (.waveSoaking, payload)
    case .waveReopened(let payload): (.waveReopened, payload)
    case .waveVerifying(let payload): (.waveVerifying, payload)
    case .gateFailed(let payload): (.gateFailed, payload)
    case .gatePassed(let payload): (.gatePassed, payload)
    case .gateErring(let payload): (.gateErring, payload)
    case .gateReached(let payload): (.gateReached, payload)
    case .rolloutApproved(let payload): (.rolloutApproved, payload)
    case .wavePassed(let payload): (.wavePassed, payload)
    case .wavePaused(let payload): (.wavePaused, payload)
    case .waveResumed(let payload): (.waveResumed, payload)
    case .deletionsFound(let payload): (.deletionsFound, payload)
    case .deletionsForgotten(let payload): (.deletionsForgotten, payload)
    case .deletionsPlanned(let payload): (.deletionsPlanned, payload)
    case .targetDispatched(let payload): (.targetDispatched, payload)
    case .targetApplied(let payload): (.targetApplied, payload)
    case .targetProgressing(let payload): (.targetProgressing, payload)
    case .targetUnreachable(let payload): (.targetUnreachable, payload)
    case .targetHealthy(let payload): (.targetHealthy, payload)
    case .targetRegressed(let payload): (.targetRegressed, payload)
    case .targetFailed(let payload): (.targetFailed, payload)
    case .targetTimedOut(let payload): (.targetTimedOut, payload)
    case .targetDeferred(let payload): (.targetDeferred, payload)
    case .targetGone(let payload): (.targetGone, payload)
    case .inventoryRecorded(let payload): (.inventoryRecorded, payload)
    case .driftObserved(let payload): (.driftObserved, payload)
    case .driftEnded(let payload): (.driftEnded, payload)
    case .clusterCordoned(let payload): (.clusterCordoned, payload)
    case .clusterUncordoned(let payload): (.clusterUncordoned, payload)
    case .agentInvited(let payload): (.agentInvited, payload)
    case .agentAccepted(let payload): (.agentAccepted, payload)
    case .agentRevoked(let payload): (.agentRevoked, payload)
    }
  }
}

extension Event: Codable {
  public func encode(to encoder: any Encoder) throws {
    let (type, payload) = parts
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try payload.encode(to: encoder)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(Name.self, forKey: .type) {
    case .configurationAccepted: self = .configurationAccepted(try .init(from: decoder))
    case .configurationRefused: self = .configurationRefused(try .init(from: decoder))
    case .releaseRecorded: self = .releaseRecorded(try .init(from: decoder))
    case .releaseExtended: self = .releaseExtended(try .init(from: decoder))
    case .commitUnchanged: self = .commitUnchanged(try .init(from: decoder))
    case .commitInvalid: self = .commitInvalid(try .init(from: decoder))
    case .releaseQueued: self = .releaseQueued(try .init(from: decoder))
    case .releaseHeld: self = .releaseHeld(try .init(from: decoder))
    case .releaseSkipped: self = .releaseSkipped(try .init(from: decoder))
    case .pinMoved: self = .pinMoved(try .init(from: decoder))
    case .releaseStable: self = .releaseStable(try .init(from: decoder))
    case .releaseRejected: self = .releaseRejected(try .init(from: decoder))
    case .releaseUnrejected: self = .releaseUnrejected(try .init(from: decoder))
    case .environmentHeld: self = .environmentHeld(try .init(from: decoder))
    case .environmentUnheld: self = .environmentUnheld(try .init(from: decoder))
    case .fleetFrozen: self = .fleetFrozen(try .init(from: decoder))
    case .fleetUnfrozen: self = .fleetUnfrozen(try .init(from: decoder))
    case .rolloutPlanned: self = .rolloutPlanned(try .init(from: decoder))
    case .rolloutStarted: self = .rolloutStarted(try .init(from: decoder))
    case .rolloutPausing: self = .rolloutPausing(try .init(from: decoder))
    case .rolloutPaused: self = .rolloutPaused(try .init(from: decoder))
    case .rolloutResumed: self = .rolloutResumed(try .init(from: decoder))
    case .rolloutHalted: self = .rolloutHalted(try .init(from: decoder))
    case .rolloutRetried: self = .rolloutRetried(try .init(from: decoder))
    case .budgetRaised: self = .budgetRaised(try .init(from: decoder))
    case .rolloutSuperseding: self = .rolloutSuperseding(try .init(from: decoder))
    case .rolloutSuperseded: self = .rolloutSuperseded(try .init(from: decoder))
    case .rolloutAborted: self = .rolloutAborted(try .init(from: decoder))
    case .rolloutSucceeded: self = .rolloutSucceeded(try .init(from: decoder))
    case .rolloutSkipped: self = .rolloutSkipped(try .init(from: decoder))
    case .rolloutRollingBack: self = .rolloutRollingBack(try .init(from: decoder))
    case .rolloutRolledBack: self = .rolloutRolledBack(try .init(from: decoder))
    case .rolloutFailed: self = .rolloutFailed(try .init(from: decoder))
    case .waveOpened: self = .waveOpened(try .init(from: decoder))
    case .waveSoaking: self = .waveSoaking(try .init(from: decoder))
    case .waveReopened: self = .waveReopened(try .init(from: decoder))
    case .waveVerifying: self = .waveVerifying(try .init(from: decoder))
    case .gateFailed: self = .gateFailed(try .init(from: decoder))
    case .gatePassed: self = .gatePassed(try .init(from: decoder))
    case .gateErring: self = .gateErring(try .init(from: decoder))
    case .gateReached: self = .gateReached(try .init(from: decoder))
    case .rolloutApproved: self = .rolloutApproved(try .init(from: decoder))
    case .wavePassed: self = .wavePassed(try .init(from: decoder))
    case .wavePaused: self = .wavePaused(try .init(from: decoder))
    case .waveResumed: self = .waveResumed(try .init(from: decoder))
    case .deletionsFound: self = .deletionsFound(try .init(from: decoder))
    case .deletionsForgotten: self = .deletionsForgotten(try .init(from: decoder))
    case .deletionsPlanned: self = .deletionsPlanned(try .init(from: decoder))
    case .targetDispatched: self = .targetDispatched(try .init(from: decoder))
    case .targetApplied: self = .targetApplied(try .init(from: decoder))
    case .targetProgressing: self = .targetProgressing(try .init(from: decoder))
    case .targetUnreachable: self = .targetUnreachable(try .init(from: decoder))
    case .targetHealthy: self = .targetHealthy(try .init(from: decoder))
    case .targetRegressed: self = .targetRegressed(try .init(from: decoder))
    case .targetFailed: self = .targetFailed(try .init(from: decoder))
    case .targetTimedOut: self = .targetTimedOut(try .init(from: decoder))
    case .targetDeferred: self = .targetDeferred(try .init(from: decoder))
    case .targetGone: self = .targetGone(try .init(from: decoder))
    case .inventoryRecorded: self = .inventoryRecorded(try .init(from: decoder))
    case .driftObserved: self = .driftObserved(try .init(from: decoder))
    case .driftEnded: self = .driftEnded(try .init(from: decoder))
    case .clusterCordoned: self = .clusterCordoned(try .init(from: decoder))
    case .clusterUncordoned: self = .clusterUncordoned(try .init(from: decoder))
    case .agentInvited: self = .agentInvited(try .init(from: decoder))
    case .agentAccepted: self = .agentAccepted(try .init(from: decoder))
    case .agentRevoked: self = .agentRevoked(try .init(from: decoder))
    }
  }
}
