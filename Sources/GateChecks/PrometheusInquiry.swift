internal import FleetModel
internal import Foundation
internal import HTTPTransport
internal import RolloutEngine

// Questions to a Prometheus gate: instant queries of the HTTP API
// (https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries). A value beyond the
// threshold fails. With `for`, the query is evaluated at instants from the first question to the end
// of that time, so a hub that was away asks for what it missed and begins nothing anew.

/// The instants at which a metric has to hold.
struct MetricSamples {
  /// `nil` where one look, now, is enough.
  private(set) var next: Instant?
  private var end: Instant
  private let span: TimeSpan
  private let step: TimeSpan

  init(of check: GateCheck) {
    span = if case .prometheus(let gate) = check.asks { gate.for } else { .zero }
    // Twenty looks, but not more often than metrics are collected, and once a minute at least.
    step = TimeSpan(milliseconds: min(60_000, max(15_000, span.milliseconds / 20)))
    next = span == .zero ? nil : check.since
    end = check.since + span
  }

  /// The present instant held.
  mutating func advance() { next = next.map { $0 >= end ? $0 : min($0 + step, end) } }

  var isLast: Bool { next.map { $0 >= end } ?? true }

  /// Nobody knows what was then: the time that it has to hold begins anew.
  mutating func restart(at now: Instant) {
    guard next != nil else { return }
    next = now
    end = now + span
  }
}

extension GateInquirer {
  /// For one query.
  private static let timeout = Duration.seconds(30)
  /// One value with its labels is far smaller.
  private static let largestAnswer = 1 << 20

  func ask(
    _ gate: PrometheusGate, _ samples: inout MetricSamples, at now: Instant
  ) async -> Outcome {
    guard let threshold = Threshold(gate.threshold) else {
      return .failed("'\(gate.threshold)' is no comparison")
    }
    while true {
      if let next = samples.next, next > now { return .holds(until: next) }
      switch await value(of: gate, at: samples.next) {
      case .found(let value):
        let when = samples.next.map { " at \($0.text)" } ?? ""
        guard threshold.holds(for: value) else {
          return .failed("the query gives \(value)\(when), not \(gate.threshold)")
        }
        if samples.isLast { return .passed("the query gives \(value), \(gate.threshold)") }
        samples.advance()
      case .nothing(let line):
        samples.restart(at: now)
        return .error(line)
      case .failed(let line): return .failed(line)
      case .error(let line): return .error(line)
      }
      if Task.isCancelled { return .error("cancelled") }
    }
  }

  private enum Answer {
    case found(Double)
    /// No data, or not a number.
    case nothing(String)
    case failed(String)
    case error(String)
  }

  private func value(of gate: PrometheusGate, at instant: Instant?) async -> Answer {
    let response: HTTPResponse
    do {
      response = try await http.send(
        HTTPRequest(
          .get, queryURL(gate, at: instant), connection: connection,
          timeout: GateInquirer.timeout, maximumBody: GateInquirer.largestAnswer))
    } catch { return .error(String(describing: error)) }
    // A refusal that is no JSON comes from something in between.
    let body = try? JSONDecoder().decode(QueryAnswer.self, from: Data(response.body))
    let said = body?.error.map { ": \($0.oneLine)" } ?? ""
    let line = "\(visible(gate.url)) answered \(response.status)\(said)"
    switch response.status {
    case 200..<300: break
    // Too slow or too many: the same query may be answered later.
    case 408, 429: return .error(line)
    case 400..<500: return .failed(line)
    default: return .error(line)
    }
    guard let body, body.status == "success", let data = body.data else {
      return .error("\(line), which is no answer of the Prometheus API")
    }
    guard let only = data.values.first, data.values.count == 1 else {
      return data.values.isEmpty
        ? .nothing("the query gives no data")
        : .error("the query gives \(data.values.count) values, not one")
    }
    return only.isNaN ? .nothing("the query gives NaN") : .found(only)
  }

  private func queryURL(_ gate: PrometheusGate, at instant: Instant?) -> String {
    let parts = gate.url.split(separator: "?", maxSplits: 1)
    var base = String(parts.first ?? "")
    while base.hasSuffix("/") { base.removeLast() }
    let own = parts.count > 1 ? "\(parts[1])&" : ""
    let time = instant.map { "&time=\($0.seconds)" } ?? ""
    return "\(base)/api/v1/query?\(own)query=\(percentEncoded(gate.query))\(time)"
  }
}

/// What `/api/v1/query` answers, as far as it matters here.
private struct QueryAnswer: Decodable {
  let status: String
  let error: String?
  let data: Result?

  struct Result: Decodable {
    let values: [Double]

    private enum CodingKeys: String, CodingKey { case resultType, result }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      switch try container.decode(String.self, forKey: .resultType) {
      case "scalar": values = [try container.decode(Sample.self, forKey: .result).value]
      case "vector":
        values = try container.decode([Series].self, forKey: .result).map(\.value.value)
      case let other:
        throw DecodingError.dataCorruptedError(
          forKey: .resultType, in: container, debugDescription: "no number comes as \(other)")
      }
    }
  }

  private struct Series: Decodable { let value: Sample }

  /// `[1435781451.781, "1"]`.
  private struct Sample: Decodable {
    let value: Double

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      _ = try container.decode(Double.self)
      let text = try container.decode(String.self)
      guard let value = Double(text) else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "'\(text)' is no number")
      }
      self.value = value
    }
  }
}

/// For a query string: everything but letters, digits and `-._~` (RFC 3986, 2.3).
private func percentEncoded(_ text: String) -> String {
  var result = ""
  for byte in text.utf8 {
    let scalar = UnicodeScalar(byte)
    if scalar.properties.isAlphabetic && scalar.isASCII || ("0"..."9").contains(scalar)
      || "-._~".unicodeScalars.contains(scalar)
    {
      result.unicodeScalars.append(scalar)
    } else {
      let hex = String(byte, radix: 16, uppercase: true)
      result += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
    }
  }
  return result
}

extension Instant {
  /// Seconds since 1970, as the API takes them.
  fileprivate var seconds: String {
    let thousandths = milliseconds % 1000
    return thousandths == 0
      ? "\(milliseconds / 1000)"
      : "\(milliseconds / 1000).\(String(thousandths + 1000).dropFirst())"
  }
}

extension String {
  /// What a server said, short and without line breaks or control characters.
  fileprivate var oneLine: String {
    let visible = unicodeScalars.prefix(200).map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
    return String(String.UnicodeScalarView(visible))
  }
}
