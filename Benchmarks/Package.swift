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
    name: "Benchmarks",
    dependencies: [
        .package(path: "../Packages/Platform"),
        .package(path: "../Packages/Jobs"),
        .package(path: "../Packages/Audit"),
        .package(path: "../Packages/Identity"),
        .package(path: "../Packages/Orgs"),
        .package(path: "../Packages/Operations"),
        .package(path: "../Packages/Notifications"),
    ],
    targets: [
        .executableTarget(
            name: "AuditBench",
            dependencies: [
                .product(name: "Core", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"),
                .product(name: "Observability", package: "Platform"),
                .product(name: "Postgres", package: "Platform"),
                .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "Audit", package: "Audit"),
                .product(name: "AuditPostgres", package: "Audit"),
                .product(name: "AuditProof", package: "Audit"),
                .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "Jobs", package: "Jobs"),
                .product(name: "Operations", package: "Operations"),
                .product(name: "OperationsPostgres", package: "Operations"),
                .product(name: "Orgs", package: "Orgs"),
                .product(name: "OrgsPostgres", package: "Orgs"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "AuthenticationBench",
            dependencies: [
                .product(name: "Core", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"),
                .product(name: "Postgres", package: "Platform"),
                .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"),
                .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityCryptography", package: "Identity"),
                .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"),
                .product(name: "OrgsPostgres", package: "Orgs"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "HTTPBench",
            dependencies: [
                .product(name: "Core", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "JobsBench",
            dependencies: [
                .product(name: "Core", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"),
                .product(name: "Postgres", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"),
                .product(name: "JobsPostgres", package: "Jobs"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "MailBench",
            dependencies: [
                .product(name: "Core", package: "Platform"),
                .product(name: "Markup", package: "Platform"),
                .product(name: "Notifications", package: "Notifications"),
                .product(name: "NotificationsMarkup", package: "Notifications"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "PostgresBench",
            dependencies: [
                .product(name: "EventLoops", package: "Platform"),
                .product(name: "Postgres", package: "Platform"),
            ],
            swiftSettings: settings
        ),
    ]
)
