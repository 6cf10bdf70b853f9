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
    name: "StripeSandbox",
    products: [
        .library(name: "StripeSandbox", targets: ["StripeSandbox"]),
        .library(name: "MailCatcher", targets: ["MailCatcher"]),
    ],
    dependencies: [
        .package(path: "../Platform")
    ],
    targets: [
        .target(
            name: "StripeSandbox",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "TLSFront", package: "Platform"),
            ], swiftSettings: settings),
        .target(
            name: "MailCatcher",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "StripeSandboxTests",
            dependencies: [
                "StripeSandbox", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Postgres", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "MailCatcherTests",
            dependencies: [
                "MailCatcher", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"),
            ], swiftSettings: settings),
    ]
)
