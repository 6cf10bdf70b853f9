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
    name: "Operations",
    products: [
        .library(name: "Operations", targets: ["Operations"]),
        .library(name: "OperationsPostgres", targets: ["OperationsPostgres"]),
        .library(name: "OperationsHTTP", targets: ["OperationsHTTP"]),
    ],
    dependencies: [
        .package(path: "../Platform"),
        .package(path: "../Jobs"),
        .package(path: "../Audit"),
        .package(path: "../Identity"),
        .package(path: "../Orgs"),
    ],
    targets: [
        .target(
            name: "Operations",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
            ], swiftSettings: settings),
        .target(
            name: "OperationsPostgres",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "OrgsPostgres", package: "Orgs"), "Operations",
            ], swiftSettings: settings),
        .target(
            name: "OperationsHTTP",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityHTTP", package: "Identity"), .product(name: "Orgs", package: "Orgs"), "Operations",
            ], swiftSettings: settings),
        .testTarget(
            name: "OperationsTests",
            dependencies: [
                "Operations", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "PlatformTesting", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "OperationsPostgresTests",
            dependencies: [
                "OperationsPostgres", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "OrgsPostgres", package: "Orgs"), "Operations", .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "OperationsHTTPTests",
            dependencies: [
                "OperationsHTTP", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityHTTP", package: "Identity"), .product(name: "Orgs", package: "Orgs"), "Operations",
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "Postgres", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"),
            ], swiftSettings: settings),
    ]
)
