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
    name: "Audit",
    products: [
        .library(name: "Audit", targets: ["Audit"]),
        .library(name: "AuditStorage", targets: ["AuditStorage"]),
        .library(name: "AuditPostgres", targets: ["AuditPostgres"]),
        .library(name: "AuditHTTP", targets: ["AuditHTTP"]),
        .library(name: "AuditProof", targets: ["AuditProof"]),
        .library(name: "AuditStreaming", targets: ["AuditStreaming"]),
        .library(name: "AuditTesting", targets: ["AuditTesting"]),
    ],
    dependencies: [
        .package(path: "../Platform")
    ],
    targets: [
        .target(
            name: "Audit",
            dependencies: [.product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform")],
            swiftSettings: settings),
        .target(
            name: "AuditProof",
            dependencies: [.product(name: "Core", package: "Platform"), .product(name: "Cryptography", package: "Platform")],
            swiftSettings: settings),
        .target(
            name: "AuditStorage",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"), "Audit", "AuditProof",
            ], swiftSettings: settings),
        .target(
            name: "AuditTesting",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Cryptography", package: "Platform"), "Audit", "AuditProof",
                "AuditStorage",
            ], swiftSettings: settings),
        .target(
            name: "AuditPostgres",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "Lifecycle", package: "Platform"), "Audit", "AuditProof",
                "AuditStorage",
            ], swiftSettings: settings),
        .target(
            name: "AuditStreaming",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), "Audit", "AuditProof",
            ], swiftSettings: settings),
        .target(
            name: "AuditHTTP",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), "Audit",
            ], swiftSettings: settings),
        .testTarget(
            name: "AuditTests",
            dependencies: [
                "Audit", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "PlatformTesting", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "AuditProofTests",
            dependencies: [
                "AuditProof", .product(name: "Core", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], exclude: ["Vectors"], swiftSettings: settings),
        .testTarget(
            name: "AuditPostgresTests",
            dependencies: [
                "AuditPostgres", "AuditProof", "AuditStorage", "AuditStreaming", .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), "Audit", .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "AuditEmbeddingTests",
            dependencies: [
                "Audit", "AuditStorage", "AuditPostgres", "AuditProof", "AuditTesting", .product(name: "Core", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "PlatformTesting", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "AuditHTTPTests",
            dependencies: [
                "AuditHTTP", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), "Audit", .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], swiftSettings: settings),
    ]
)
