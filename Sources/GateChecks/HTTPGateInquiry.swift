internal import FleetModel
internal import HTTPTransport

// One question to an http gate: 2xx passes, 4xx fails, everything else is no answer.

extension GateInquirer {
  func ask(_ gate: HTTPGate) async -> Outcome {
    let place = visible(gate.url)
    do {
      // The status decides, so the body is not read: it may be of any size.
      let answer = try await http.stream(
        HTTPRequest(
          .get, gate.url, connection: connection,
          timeout: .milliseconds(gate.timeout.milliseconds)))
      let line = "\(place) answered \(answer.status)"
      return switch answer.status {
      case 200..<300: .passed(line)
      case 300..<400: .error("\(line), a redirect, which is not followed")
      case 400..<500: .failed(line)
      default: .error(line)
      }
    } catch { return .error(String(describing: error)) }
  }
}
