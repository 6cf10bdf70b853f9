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
    name: "Billing",
    products: [
        .library(name: "Billing", targets: ["Billing"]),
        .library(name: "BillingPostgres", targets: ["BillingPostgres"]),
        .library(name: "BillingStripe", targets: ["BillingStripe"]),
        .library(name: "BillingHTTP", targets: ["BillingHTTP"]),
        .library(name: "BillingTesting", targets: ["BillingTesting"]),
        .library(name: "IdleCancellation", targets: ["IdleCancellation"]),
        .library(name: "IdleCancellationPostgres", targets: ["IdleCancellationPostgres"]),
        .library(name: "IdleCancellationHTTP", targets: ["IdleCancellationHTTP"]),
    ],
    dependencies: [
        .package(path: "../Platform"),
        .package(path: "../Jobs"),
        .package(path: "../Audit"),
        .package(path: "../Identity"),
        .package(path: "../Orgs"),
        .package(path: "../StripeSandbox"),
    ],
    targets: [
        .target(
            name: "Billing",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
            ], resources: [.copy("Resources/catalogue.json")], swiftSettings: settings),
        .target(
            name: "BillingPostgres",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "OrgsPostgres", package: "Orgs"), "Billing",
            ], swiftSettings: settings),
        .target(
            name: "BillingStripe",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"), "Billing",
            ], swiftSettings: settings),
        .target(
            name: "BillingHTTP",
            dependencies: [
                .product(name: "Pages", package: "Platform"),
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityHTTP", package: "Identity"), .product(name: "Orgs", package: "Orgs"), "Billing",
            ], swiftSettings: settings),
        .target(
            name: "BillingTesting",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"), "Billing",
            ], swiftSettings: settings),
        .target(
            name: "IdleCancellation",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"), "Billing",
            ], swiftSettings: settings),
        .target(
            name: "IdleCancellationPostgres",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "OrgsPostgres", package: "Orgs"), "Billing", "BillingPostgres", "IdleCancellation",
            ], swiftSettings: settings),
        .target(
            name: "IdleCancellationHTTP",
            dependencies: [
                .product(name: "Pages", package: "Platform"),
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityHTTP", package: "Identity"), .product(name: "Orgs", package: "Orgs"), "Billing",
                "IdleCancellation",
            ], swiftSettings: settings),
        .testTarget(
            name: "BillingTests",
            dependencies: [
                "Billing", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "PlatformTesting", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "BillingPostgresTests",
            dependencies: [
                "BillingTesting", "BillingPostgres", "BillingStripe", .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "Postgres", package: "Platform"),
                .product(name: "JobsPostgres", package: "Jobs"), .product(name: "AuditPostgres", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "IdentityPostgres", package: "Identity"), .product(name: "OrgsPostgres", package: "Orgs"), "Billing",
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"), .product(name: "Lifecycle", package: "Platform"),
                .product(name: "JobsTesting", package: "Jobs"), .product(name: "StripeSandbox", package: "StripeSandbox"),
            ], swiftSettings: settings),
        .testTarget(
            name: "BillingStripeTests",
            dependencies: [
                "BillingStripe", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"), "Billing",
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "Postgres", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "Orgs", package: "Orgs"),
            ], swiftSettings: settings),
        .testTarget(
            name: "BillingHTTPTests",
            dependencies: [
                "BillingHTTP", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityHTTP", package: "Identity"), .product(name: "Orgs", package: "Orgs"), "Billing",
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "Postgres", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"), .product(name: "Pages", package: "Platform"),
            ], exclude: ["Snapshots"], swiftSettings: settings),
        .testTarget(
            name: "IdleCancellationTests",
            dependencies: [
                "IdleCancellation", "Billing", .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "PlatformTesting", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "IdleCancellationPostgresTests",
            dependencies: [
                "IdleCancellation", "IdleCancellationPostgres", "BillingTesting", "BillingPostgres", "BillingStripe",
                .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "Postgres", package: "Platform"),
                .product(name: "JobsPostgres", package: "Jobs"), .product(name: "JobsTesting", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "IdentityPostgres", package: "Identity"), .product(name: "OrgsPostgres", package: "Orgs"), "Billing",
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"), .product(name: "StripeSandbox", package: "StripeSandbox"),
            ], swiftSettings: settings),
        .testTarget(
            name: "IdleEmbeddingTests",
            dependencies: [
                "IdleCancellation", "IdleCancellationPostgres", "BillingTesting", "BillingPostgres", "Billing",
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "JobsTesting", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityPostgres", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "OrgsPostgres", package: "Orgs"),
            ], swiftSettings: settings),
        .testTarget(
            name: "IdleCancellationHTTPTests",
            dependencies: [
                "IdleCancellation", "IdleCancellationHTTP", "Billing", .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "Identity", package: "Identity"), .product(name: "IdentityHTTP", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "Pages", package: "Platform"),
            ], swiftSettings: settings),
    ]
)
