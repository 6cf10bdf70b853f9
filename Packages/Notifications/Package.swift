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
    name: "Notifications",
    products: [
        .library(name: "Notifications", targets: ["Notifications"]),
        .library(name: "NotificationsPostgres", targets: ["NotificationsPostgres"]),
        .library(name: "NotificationsMarkup", targets: ["NotificationsMarkup"]),
        .library(name: "NotificationsSMTP", targets: ["NotificationsSMTP"]),
        .library(name: "NotificationsHTTP", targets: ["NotificationsHTTP"]),
        .library(name: "NotificationsWebhooks", targets: ["NotificationsWebhooks"]),
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
    ],
    targets: [
        .target(
            name: "Notifications",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "Billing", package: "Billing"), .product(name: "IdleCancellation", package: "Billing"),
                .product(name: "Graphs", package: "Graphs"),
            ], swiftSettings: settings),
        .target(
            name: "NotificationsHTTP",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "Pages", package: "Platform"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityHTTP", package: "Identity"), .product(name: "Orgs", package: "Orgs"), "Notifications",
            ], swiftSettings: settings),
        .target(
            name: "NotificationsWebhooks",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), "Notifications",
            ], swiftSettings: settings),
        .target(
            name: "NotificationsPostgres",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "Billing", package: "Billing"),
                .product(name: "Graphs", package: "Graphs"), .product(name: "IdleCancellation", package: "Billing"),
                .product(name: "Operations", package: "Operations"), "Notifications",
            ], swiftSettings: settings),
        .target(
            name: "NotificationsMarkup",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "Markup", package: "Platform"), "Notifications",
            ], resources: [.copy("Templates")], swiftSettings: settings),
        .target(
            name: "NotificationsSMTP",
            dependencies: [
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), "Notifications",
            ], swiftSettings: settings),
        .testTarget(
            name: "NotificationsTests",
            dependencies: [
                "Notifications", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "Billing", package: "Billing"), .product(name: "Graphs", package: "Graphs"),
                .product(name: "PlatformTesting", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "NotificationsPostgresTests",
            dependencies: [
                "NotificationsPostgres", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "JobsTesting", package: "Jobs"), .product(name: "AuditPostgres", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "Billing", package: "Billing"), .product(name: "Graphs", package: "Graphs"), "Notifications",
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"), .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "IdentityHTTP", package: "Identity"), .product(name: "IdentityCryptography", package: "Identity"),
                .product(name: "OrgsPostgres", package: "Orgs"), .product(name: "BillingPostgres", package: "Billing"),
                .product(name: "IdleCancellation", package: "Billing"), .product(name: "IdleCancellationPostgres", package: "Billing"),
                .product(name: "GraphsPostgres", package: "Graphs"), .product(name: "OperationsPostgres", package: "Operations"),
                .product(name: "Operations", package: "Operations"), .product(name: "BillingTesting", package: "Billing"),
                .product(name: "GraphEngines", package: "Graphs"), "NotificationsHTTP", "NotificationsMarkup", "NotificationsWebhooks",
                .product(name: "Markup", package: "Platform"),
            ], swiftSettings: settings),
        .testTarget(
            name: "NotificationsEmbeddingTests",
            dependencies: [
                "Notifications", "NotificationsMarkup", "NotificationsPostgres", .product(name: "Core", package: "Platform"),
                .product(name: "Markup", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "JobsTesting", package: "Jobs"), .product(name: "AuditPostgres", package: "Audit"),
            ], swiftSettings: settings),
        .testTarget(
            name: "NotificationsMarkupTests",
            dependencies: [
                "NotificationsMarkup", .product(name: "Core", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "Markup", package: "Platform"), "Notifications", .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
            ], exclude: ["Snapshots"], swiftSettings: settings),
        .testTarget(
            name: "NotificationsSMTPTests",
            dependencies: [
                "NotificationsSMTP", .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), "Notifications", .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], swiftSettings: settings),
    ]
)
