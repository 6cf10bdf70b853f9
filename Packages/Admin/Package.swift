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
    name: "Admin",
    products: [
        .library(name: "Admin", targets: ["Admin"]),
        .library(name: "AdminPostgres", targets: ["AdminPostgres"]),
        .library(name: "AdminHTTP", targets: ["AdminHTTP"]),
    ],
    dependencies: [
        .package(path: "../Platform"),
        .package(path: "../Jobs"),
        .package(path: "../Audit"),
        .package(path: "../Identity"),
        .package(path: "../Orgs"),
        .package(path: "../Operations"),
        .package(path: "../Billing"),
        .package(path: "../Graphs"),
        .package(path: "../Notifications"),
    ],
    targets: [
        .target(
            name: "Admin",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Audit", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "Billing", package: "Billing"),
                .product(name: "Operations", package: "Operations"), .product(name: "Graphs", package: "Graphs"),
                .product(name: "Notifications", package: "Notifications"),
            ], swiftSettings: settings),
        .target(
            name: "AdminPostgres",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "Audit", package: "Audit"), .product(name: "AuditPostgres", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "Billing", package: "Billing"), .product(name: "Graphs", package: "Graphs"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "Notifications", package: "Notifications"), "Admin",
            ], swiftSettings: settings),
        .target(
            name: "AdminHTTP",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "RateLimits", package: "Platform"),
                .product(name: "Pages", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "WebAuthn", package: "Platform"),
                .product(name: "Audit", package: "Audit"), .product(name: "AuditHTTP", package: "Audit"),
                .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "OrgsHTTP", package: "Orgs"),
                .product(name: "Billing", package: "Billing"), .product(name: "BillingHTTP", package: "Billing"),
                .product(name: "Graphs", package: "Graphs"), .product(name: "GraphsHTTP", package: "Graphs"),
                .product(name: "Notifications", package: "Notifications"), "Admin",
            ], swiftSettings: settings),
        .testTarget(
            name: "AdminTests",
            dependencies: [
                "Admin", "AdminPostgres", "AdminHTTP", .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "Pages", package: "Platform"), .product(name: "RateLimits", package: "Platform"),
                .product(name: "RateLimitsPostgres", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"), .product(name: "WebAuthn", package: "Platform"),
                .product(name: "WebAuthnTesting", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "Audit", package: "Audit"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "AuditHTTP", package: "Audit"),
                .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityCryptography", package: "Identity"),
                .product(name: "IdentityPostgres", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "OrgsPostgres", package: "Orgs"), .product(name: "OperationsPostgres", package: "Operations"),
                .product(name: "Billing", package: "Billing"), .product(name: "BillingPostgres", package: "Billing"),
                .product(name: "BillingTesting", package: "Billing"),
                .product(name: "IdleCancellationPostgres", package: "Billing"),
                .product(name: "Graphs", package: "Graphs"), .product(name: "GraphsPostgres", package: "Graphs"),
                .product(name: "Markup", package: "Platform"), .product(name: "Notifications", package: "Notifications"),
                .product(name: "NotificationsMarkup", package: "Notifications"),
                .product(name: "NotificationsPostgres", package: "Notifications"),
            ], swiftSettings: settings),
    ]
)
