// swift-tools-version: 6.2
import PackageDescription

// The targets are the walls of the house: docs/development.md draws the floors,
// Tests/ArchitectureTests keeps imports pointing downwards.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "flotilla",
  products: [
    .executable(name: "flotilla", targets: ["flotilla"]),
    .executable(name: "cluster-simulator", targets: ["cluster-simulator"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // Floor 0: C bindings. libgit2 and libcurl are loaded when they are first called: CShims/OnDemand.
    .systemLibrary(name: "CLibgit2", providers: [.apt(["libgit2-dev"])]),
    .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CShims", dependencies: ["CCurl", "CLibgit2", "COpenSSL"]),

    // Floor 1: values
    .target(name: "SourceTree", swiftSettings: strict),
    .target(name: "Manifests", dependencies: ["CShims"], swiftSettings: strict),
    .target(name: "CommonExpressions", dependencies: ["Manifests"], swiftSettings: strict),
    .target(
      name: "Certificates", dependencies: ["COpenSSL", "Manifests"], swiftSettings: strict),
    .target(
      name: "FleetModel", dependencies: ["CommonExpressions", "Manifests", "SourceTree"],
      swiftSettings: strict),

    // Floor 2: pure engines, one API server
    .target(name: "Kustomize", dependencies: ["Manifests", "SourceTree"], swiftSettings: strict),
    .target(
      name: "ObjectSchema", dependencies: ["FleetModel", "Manifests"], swiftSettings: strict),
    .target(
      name: "RolloutEngine", dependencies: ["FleetModel", "Manifests"], swiftSettings: strict),
    .target(name: "HTTPTransport", dependencies: ["CCurl", "CShims"], swiftSettings: strict),
    .target(name: "ChildPrograms", dependencies: ["CShims"], swiftSettings: strict),
    .target(
      name: "KubernetesAPI",
      dependencies: [
        "Certificates", "ChildPrograms", "FleetModel", "HTTPTransport", "Manifests", "CShims",
      ],
      swiftSettings: strict),

    // Floor 3: adapters
    .target(
      name: "GitSource",
      dependencies: ["ChildPrograms", "SourceTree", "CLibgit2", "CCurl", "CShims"],
      swiftSettings: strict),
    .target(
      name: "HubStore",
      dependencies: ["Manifests", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .target(
      name: "Delivery",
      dependencies: [
        "CommonExpressions", "FleetModel", "HTTPTransport", "KubernetesAPI", "Manifests",
      ],
      swiftSettings: strict),
    .target(
      name: "GateChecks", dependencies: ["FleetModel", "HTTPTransport", "RolloutEngine"],
      swiftSettings: strict),
    .target(
      name: "Rendering",
      dependencies: [
        "ChildPrograms", "FleetModel", "Kustomize", "Manifests", "ObjectSchema", "SourceTree",
      ],
      swiftSettings: strict),

    .target(
      name: "Forecast", dependencies: ["FleetModel", "RolloutEngine"], swiftSettings: strict),

    // Floor 4: the processes
    .target(
      name: "Agent",
      dependencies: [
        "Certificates", "Delivery", "FleetModel", "HTTPTransport", "KubernetesAPI", "Manifests",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .target(
      name: "Hub",
      dependencies: [
        "Certificates", "Delivery", "FleetModel", "GateChecks", "GitSource", "HubStore",
        "KubernetesAPI", "Kustomize", "Manifests", "Rendering", "RolloutEngine", "SourceTree",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),

    // Floor 5: the API
    .target(
      name: "HubAPI",
      dependencies: [
        "Certificates", "Delivery", "FleetModel", "Forecast", "Hub", "Manifests", "Rendering",
        "RolloutEngine",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),

    // Floor 6: the command line
    .executableTarget(
      name: "flotilla",
      dependencies: [
        "Agent", "Certificates", "Delivery", "FleetModel", "GitSource", "Hub", "HubAPI",
        "HTTPTransport", "KubernetesAPI", "Kustomize", "Manifests", "Rendering", "RolloutEngine",
        "SourceTree",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict,
      // Nobody looks symbols up in the program: without the table of them it starts an eighth faster.
      linkerSettings: [.unsafeFlags(["-Xlinker", "--no-export-dynamic"])]),

    // Apart: simulated clusters
    .target(
      name: "ClusterSimulator",
      dependencies: [
        "Certificates", "Manifests", "COpenSSL",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "cluster-simulator",
      dependencies: [
        "ClusterSimulator",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    // Apart: the simulated fleet that proves the engine
    .target(
      name: "FleetSimulation", dependencies: ["FleetModel", "Manifests", "RolloutEngine"],
      swiftSettings: strict),
    .executableTarget(name: "explore", dependencies: ["FleetSimulation"], swiftSettings: strict),

    // Apart: benchmarks
    .executableTarget(
      name: "engine-benchmark", dependencies: ["FleetModel", "Manifests", "RolloutEngine"],
      swiftSettings: strict),
    .executableTarget(
      name: "render-benchmark",
      dependencies: [
        "FleetModel", "GitSource", "Hub", "HubStore", "Manifests", "Rendering",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "plan-benchmark",
      dependencies: ["FleetModel", "Forecast", "Manifests", "RolloutEngine"],
      swiftSettings: strict),
    .executableTarget(
      name: "writer-benchmark",
      dependencies: [
        "FleetModel", "Hub", "HubStore", "Manifests", "RolloutEngine",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "yaml-benchmark", dependencies: ["Manifests"], swiftSettings: strict),

    // Tests
    .testTarget(
      name: "AgentTests",
      dependencies: [
        "Agent", "Certificates", "ClusterSimulator", "Delivery", "FleetModel", "HTTPTransport",
        "Hub", "HubAPI", "HubStore", "Manifests", "RolloutEngine",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(name: "ArchitectureTests", swiftSettings: strict),
    .testTarget(
      name: "CertificatesTests", dependencies: ["Certificates", "Manifests"],
      swiftSettings: strict),
    .testTarget(
      name: "ChildProgramsTests", dependencies: ["ChildPrograms"], swiftSettings: strict),
    .testTarget(
      name: "ClusterSimulatorTests",
      dependencies: ["ClusterSimulator", "Manifests", "cluster-simulator"],
      swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "flotilla", "FleetModel", "HTTPTransport", "Hub", "HubAPI", "HubStore", "Manifests",
        "Rendering", "RolloutEngine", "SourceTree",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CommonExpressionsTests", dependencies: ["CommonExpressions", "Manifests"],
      swiftSettings: strict),
    .testTarget(
      name: "DeliveryTests",
      dependencies: [
        "CommonExpressions", "Delivery", "FleetModel", "HTTPTransport", "KubernetesAPI",
        "Manifests",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "FleetModelTests",
      dependencies: ["CommonExpressions", "FleetModel", "Manifests", "SourceTree"],
      swiftSettings: strict),
    .testTarget(
      name: "ForecastTests",
      dependencies: ["FleetModel", "Forecast", "Manifests", "RolloutEngine"],
      swiftSettings: strict),
    .testTarget(
      name: "GateChecksTests",
      dependencies: ["FleetModel", "GateChecks", "HTTPTransport", "RolloutEngine"],
      swiftSettings: strict),
    .testTarget(
      name: "GitSourceTests", dependencies: ["GitSource", "SourceTree"],
      exclude: ["Support/git-server.py"], swiftSettings: strict),
    .testTarget(
      name: "HTTPTransportTests", dependencies: ["HTTPTransport"], swiftSettings: strict),
    .testTarget(
      name: "HubAPITests",
      dependencies: [
        "FleetModel", "HTTPTransport", "Hub", "HubAPI", "Manifests", "Rendering", "RolloutEngine",
        "SourceTree",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "HubStoreTests",
      dependencies: ["HubStore", "Manifests", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .testTarget(
      name: "HubTests",
      dependencies: [
        "FleetModel", "Hub", "HubStore", "KubernetesAPI", "Manifests", "RolloutEngine",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "KubernetesAPITests",
      dependencies: ["Certificates", "FleetModel", "HTTPTransport", "KubernetesAPI", "Manifests"],
      swiftSettings: strict),
    .testTarget(
      name: "KustomizeTests", dependencies: ["Kustomize", "Manifests", "SourceTree"],
      swiftSettings: strict),
    .testTarget(name: "ManifestsTests", dependencies: ["Manifests"], swiftSettings: strict),
    .testTarget(
      name: "ObjectSchemaTests", dependencies: ["Manifests", "ObjectSchema"],
      swiftSettings: strict),
    .testTarget(
      name: "RenderingTests",
      dependencies: [
        "ChildPrograms", "FleetModel", "GitSource", "Kustomize", "Manifests", "Rendering",
        "SourceTree",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "RolloutEngineTests",
      dependencies: ["FleetModel", "FleetSimulation", "Manifests", "RolloutEngine"],
      swiftSettings: strict),
    .testTarget(
      name: "SystemTests",
      dependencies: [
        "Delivery", "FleetModel", "HubStore", "KubernetesAPI", "Manifests", "Rendering",
        "RolloutEngine", "SourceTree", "cluster-simulator", "flotilla",
      ],
      swiftSettings: strict),
  ]
)
