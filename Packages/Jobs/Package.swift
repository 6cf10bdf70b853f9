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
    name: "Jobs",
    products: [
        .library(name: "Jobs", targets: ["Jobs"]),
        .library(name: "JobsPostgres", targets: ["JobsPostgres"]),
        .library(name: "JobsTesting", targets: ["JobsTesting"]),
    ],
    dependencies: [
        .package(path: "../Platform")
    ],
    targets: [
        .target(
            name: "Jobs",
            dependencies: [.product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform")],
            swiftSettings: settings),
        .target(
            name: "JobsPostgres",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), "Jobs",
            ], swiftSettings: settings),
        .target(
            name: "JobsTesting",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "PlatformTesting", package: "Platform"), "Jobs",
                "JobsPostgres",
            ], swiftSettings: settings),
        .testTarget(
            name: "JobsTests",
            dependencies: [
                "Jobs", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "PlatformTesting", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "JobsPostgresTests",
            dependencies: [
                "JobsPostgres", "JobsTesting", .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Lifecycle", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "Postgres", package: "Platform"), "Jobs",
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], swiftSettings: settings),
    ]
)
