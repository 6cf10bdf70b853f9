// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "Graphs",
    products: [
        .library(name: "Graphs", targets: ["Graphs"]),
        .library(name: "GraphsPostgres", targets: ["GraphsPostgres"]),
        .library(name: "GraphEngines", targets: ["GraphEngines"]),
        .library(name: "GraphsHTTP", targets: ["GraphsHTTP"]),
        .library(name: "GraphsTesting", targets: ["GraphsTesting"]),
    ],
    dependencies: [
        .package(path: "../Platform"),
        .package(path: "../Jobs"),
        .package(path: "../Audit"),
        .package(path: "../Identity"),
        .package(path: "../Orgs"),
        .package(path: "../Operations"),
        .package(path: "../Billing"),
    ],
    targets: [
        .target(
            name: "Graphs",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "Operations", package: "Operations"), .product(name: "Billing", package: "Billing"),
            ], swiftSettings: settings),
        .target(
            name: "GraphsPostgres",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "Operations", package: "Operations"),
                .product(name: "Billing", package: "Billing"), .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "OrgsPostgres", package: "Orgs"), .product(name: "OperationsPostgres", package: "Operations"),
                .product(name: "BillingPostgres", package: "Billing"), "Graphs",
            ], swiftSettings: settings),
        .target(
            name: "GraphEngines",
            dependencies: [
                .product(name: "Operations", package: "Operations"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "Postgres", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"), .product(name: "HTTPClient", package: "Platform"), "Graphs",
            ], swiftSettings: settings),
        .target(
            name: "GraphsHTTP",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityHTTP", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "Operations", package: "Operations"), .product(name: "Billing", package: "Billing"), "Graphs",
                .product(name: "RateLimits", package: "Platform"),
            ], swiftSettings: settings),
        .target(
            name: "GraphsTesting",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "Operations", package: "Operations"), .product(name: "Billing", package: "Billing"), "Graphs",
                "GraphEngines",
            ], swiftSettings: settings),
        .testTarget(
            name: "GraphsTests",
            dependencies: [
                "Graphs", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "Operations", package: "Operations"), .product(name: "Billing", package: "Billing"),
                .product(name: "PlatformTesting", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "GraphsPostgresTests",
            dependencies: [
                "GraphEngines", "GraphsTesting", .product(name: "JobsTesting", package: "Jobs"),
                .product(name: "BillingTesting", package: "Billing"),
                .product(name: "OperationsHTTP", package: "Operations"), .product(name: "IdentityHTTP", package: "Identity"),
                "GraphsPostgres", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "Operations", package: "Operations"),
                .product(name: "Billing", package: "Billing"), .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "OrgsPostgres", package: "Orgs"), .product(name: "OperationsPostgres", package: "Operations"),
                .product(name: "BillingPostgres", package: "Billing"), "Graphs", .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "GraphEnginesTests",
            dependencies: [
                .product(name: "Operations", package: "Operations"), "GraphEngines", .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "Postgres", package: "Platform"), "Graphs",
                "GraphsTesting",
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "GraphsHTTPTests",
            dependencies: [
                "GraphsHTTP", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityHTTP", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "Operations", package: "Operations"), .product(name: "Billing", package: "Billing"), "Graphs",
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "Postgres", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"), .product(name: "RateLimits", package: "Platform"),
            ], swiftSettings: settings),
    ]
)
