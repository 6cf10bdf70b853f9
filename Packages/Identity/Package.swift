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
    name: "Identity",
    products: [
        .library(name: "Identity", targets: ["Identity"]),
        .library(name: "IdentityPostgres", targets: ["IdentityPostgres"]),
        .library(name: "IdentityCryptography", targets: ["IdentityCryptography"]),
        .library(name: "IdentityCaptcha", targets: ["IdentityCaptcha"]),
        .library(name: "IdentityHTTP", targets: ["IdentityHTTP"]),
    ],
    dependencies: [
        .package(path: "../Platform"),
        .package(path: "../Jobs"),
        .package(path: "../Audit"),
    ],
    targets: [
        .target(
            name: "Identity",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
            ], swiftSettings: settings),
        .target(
            name: "IdentityPostgres",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), "Identity",
            ], swiftSettings: settings),
        .target(
            name: "IdentityCryptography",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "WebAuthn", package: "Platform"), "Identity",
            ], swiftSettings: settings),
        .target(
            name: "IdentityCaptcha",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Audit", package: "Audit"), "Identity",
            ], swiftSettings: settings),
        .target(
            name: "IdentityHTTP",
            dependencies: [
                .product(name: "Pages", package: "Platform"),
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "HTTPServer", package: "Platform"), "Identity",
            ], swiftSettings: settings),
        .testTarget(
            name: "IdentityTests",
            dependencies: [
                "Identity", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "PlatformTesting", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "IdentityPostgresTests",
            dependencies: [
                "IdentityPostgres", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), "Identity", .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                "IdentityCryptography",
            ], swiftSettings: settings),
        .testTarget(
            name: "IdentityHTTPTests",
            dependencies: [
                "IdentityHTTP", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "HTTPServer", package: "Platform"), "Identity", .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                "IdentityCryptography", "IdentityPostgres", "IdentityCaptcha", .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "WebAuthn", package: "Platform"),
                .product(name: "WebAuthnTesting", package: "Platform"),
            ], swiftSettings: settings),
    ]
)
