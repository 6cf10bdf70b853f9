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
    name: "Orgs",
    products: [
        .library(name: "Orgs", targets: ["Orgs"]),
        .library(name: "OrgsPostgres", targets: ["OrgsPostgres"]),
        .library(name: "OrgsHTTP", targets: ["OrgsHTTP"]),
    ],
    dependencies: [
        .package(path: "../Platform"),
        .package(path: "../Jobs"),
        .package(path: "../Audit"),
        .package(path: "../Identity"),
    ],
    targets: [
        .target(
            name: "Orgs",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"),
            ], swiftSettings: settings),
        .target(
            name: "OrgsPostgres",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityPostgres", package: "Identity"), "Orgs",
            ], swiftSettings: settings),
        .target(
            name: "OrgsHTTP",
            dependencies: [
                .product(name: "Pages", package: "Platform"),
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityHTTP", package: "Identity"), "Orgs",
            ], swiftSettings: settings),
        .testTarget(
            name: "OrgsTests",
            dependencies: [
                "Orgs", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "PlatformTesting", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "OrgsPostgresTests",
            dependencies: [
                "OrgsPostgres", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityPostgres", package: "Identity"), "Orgs", .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "JobsTesting", package: "Jobs"),
            ], swiftSettings: settings),
        .testTarget(
            name: "OrgsWireTests",
            dependencies: [
                "Orgs", "OrgsPostgres", "OrgsHTTP", .product(name: "Core", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "JobsTesting", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityCryptography", package: "Identity"), .product(name: "IdentityHTTP", package: "Identity"),
                .product(name: "IdentityPostgres", package: "Identity"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "Postgres", package: "Platform"),
                .product(name: "WebAuthn", package: "Platform"), .product(name: "WebAuthnTesting", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "OrgsHTTPTests",
            dependencies: [
                "OrgsHTTP", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityHTTP", package: "Identity"), "Orgs", .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], swiftSettings: settings),
    ]
)
