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
    name: "Trellis",
    products: [
        .executable(name: "trellis-api", targets: ["API"]),
        .executable(name: "trellis-worker", targets: ["Worker"]),
        .executable(name: "trellis-sandbox", targets: ["Sandbox"]),
        .executable(name: "trellis", targets: ["Ctl"]),
    ],
    dependencies: [
        .package(path: "Packages/Platform"),
        .package(path: "Packages/Jobs"),
        .package(path: "Packages/Audit"),
        .package(path: "Packages/Identity"),
        .package(path: "Packages/Orgs"),
        .package(path: "Packages/Operations"),
        .package(path: "Packages/Billing"),
        .package(path: "Packages/Graphs"),
        .package(path: "Packages/Notifications"),
        .package(path: "Packages/StripeSandbox"),
    ],
    targets: [
        .target(
            name: "Composition",
            dependencies: [
                .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"),
                .product(name: "Postgres", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"),
                .product(name: "Audit", package: "Audit"),
                .product(name: "AuditPostgres", package: "Audit"),
                .product(name: "Cryptography", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"),
                .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditHTTP", package: "Audit"),
                .product(name: "Identity", package: "Identity"),
                .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "IdentityCryptography", package: "Identity"),
                .product(name: "IdentityHTTP", package: "Identity"),
                .product(name: "IdentityCaptcha", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"),
                .product(name: "OrgsPostgres", package: "Orgs"),
                .product(name: "OrgsHTTP", package: "Orgs"),
                .product(name: "RateLimits", package: "Platform"),
                .product(name: "RateLimitsPostgres", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Markup", package: "Platform"),
                .product(name: "Operations", package: "Operations"),
                .product(name: "OperationsPostgres", package: "Operations"),
                .product(name: "OperationsHTTP", package: "Operations"),
                .product(name: "Billing", package: "Billing"),
                .product(name: "BillingPostgres", package: "Billing"),
                .product(name: "BillingStripe", package: "Billing"),
                .product(name: "BillingHTTP", package: "Billing"),
                .product(name: "Graphs", package: "Graphs"),
                .product(name: "GraphsPostgres", package: "Graphs"),
                .product(name: "GraphEngines", package: "Graphs"),
                .product(name: "GraphsHTTP", package: "Graphs"),
                .product(name: "Notifications", package: "Notifications"),
                .product(name: "NotificationsPostgres", package: "Notifications"),
                .product(name: "NotificationsMarkup", package: "Notifications"),
                .product(name: "NotificationsSMTP", package: "Notifications"),
            ],
            path: "Apps/Composition",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "API",
            dependencies: [
                "Composition",
                .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"),
                .product(name: "Postgres", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"),
            ],
            path: "Apps/API",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Worker",
            dependencies: [
                "Composition",
                .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"),
                .product(name: "Postgres", package: "Platform"),
            ],
            path: "Apps/Worker",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Sandbox",
            dependencies: [
                .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"),
                .product(name: "StripeSandbox", package: "StripeSandbox"),
                .product(name: "MailCatcher", package: "StripeSandbox"),
            ],
            path: "Apps/Sandbox",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Ctl",
            dependencies: [
                "Composition",
                .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"),
                .product(name: "Postgres", package: "Platform"),
            ],
            path: "Apps/Ctl",
            swiftSettings: settings
        ),
        .testTarget(
            name: "CompositionTests",
            dependencies: [
                "Composition",
                .product(name: "Core", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"),
                .product(name: "Postgres", package: "Platform"),
                .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Observability", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"),
            ],
            path: "Tests/Composition",
            swiftSettings: settings
        ),
        .testTarget(
            name: "EndToEndTests",
            // Not called from the tests: that they are built before it is run.
            dependencies: ["API", "Worker", "Sandbox", "Ctl"],
            path: "Tests/EndToEnd",
            exclude: ["story"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CoreTests", dependencies: [.product(name: "Core", package: "Platform")], path: "Packages/Platform/Tests/CoreTests",
            swiftSettings: settings),
        .testTarget(
            name: "ObservabilityTests",
            dependencies: [.product(name: "Observability", package: "Platform"), .product(name: "Core", package: "Platform")],
            path: "Packages/Platform/Tests/ObservabilityTests", swiftSettings: settings),
        .testTarget(
            name: "LifecycleTests",
            dependencies: [.product(name: "Lifecycle", package: "Platform"), .product(name: "Core", package: "Platform")],
            path: "Packages/Platform/Tests/LifecycleTests", swiftSettings: settings),
        .testTarget(
            name: "EventLoopsTests",
            dependencies: [.product(name: "EventLoops", package: "Platform"), .product(name: "Core", package: "Platform")],
            path: "Packages/Platform/Tests/EventLoopsTests", swiftSettings: settings),
        .testTarget(
            name: "PostgresTests",
            dependencies: [
                .product(name: "Postgres", package: "Platform"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Lifecycle", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"),
            ], path: "Packages/Platform/Tests/PostgresTests", swiftSettings: settings),
        .testTarget(
            name: "CryptographyTests",
            dependencies: [
                .product(name: "Cryptography", package: "Platform"), .product(name: "Core", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"),
            ], path: "Packages/Platform/Tests/CryptographyTests", swiftSettings: settings),
        .testTarget(
            name: "HTTPServerTests",
            dependencies: [
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Lifecycle", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "PlatformTesting", package: "Platform"),
            ], path: "Packages/Platform/Tests/HTTPServerTests", swiftSettings: settings),
        .testTarget(
            name: "HTTPClientTests",
            dependencies: [
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "PlatformTesting", package: "Platform"),
            ], path: "Packages/Platform/Tests/HTTPClientTests", swiftSettings: settings),
        .testTarget(
            name: "RateLimitsTests",
            dependencies: [
                .product(name: "RateLimits", package: "Platform"), .product(name: "RateLimitsPostgres", package: "Platform"),
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Postgres", package: "Platform"),
                .product(name: "PlatformTesting", package: "Platform"),
            ], path: "Packages/Platform/Tests/RateLimitsTests", swiftSettings: settings),
        .testTarget(
            name: "PagesTests",
            dependencies: [
                .product(name: "Pages", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "Core", package: "Platform"),
            ],
            path: "Packages/Platform/Tests/PagesTests", swiftSettings: settings),
        .testTarget(
            name: "MarkupTests",
            dependencies: [.product(name: "Markup", package: "Platform"), .product(name: "Core", package: "Platform")],
            path: "Packages/Platform/Tests/MarkupTests", swiftSettings: settings),
        .testTarget(
            name: "JobsTests",
            dependencies: [
                .product(name: "Jobs", package: "Jobs"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "PlatformTesting", package: "Platform"),
            ], path: "Packages/Jobs/Tests/JobsTests", swiftSettings: settings),
        .testTarget(
            name: "JobsPostgresTests",
            dependencies: [
                .product(name: "JobsTesting", package: "Jobs"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Lifecycle", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], path: "Packages/Jobs/Tests/JobsPostgresTests", swiftSettings: settings),
        .testTarget(
            name: "AuditTests",
            dependencies: [
                .product(name: "Audit", package: "Audit"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "PlatformTesting", package: "Platform"),
            ], path: "Packages/Audit/Tests/AuditTests", swiftSettings: settings),
        .testTarget(
            name: "AuditPostgresTests",
            dependencies: [
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Postgres", package: "Platform"),
                .product(name: "Audit", package: "Audit"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], path: "Packages/Audit/Tests/AuditPostgresTests", swiftSettings: settings),
        .testTarget(
            name: "AuditHTTPTests",
            dependencies: [
                .product(name: "AuditHTTP", package: "Audit"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "Audit", package: "Audit"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], path: "Packages/Audit/Tests/AuditHTTPTests", swiftSettings: settings),
        .testTarget(
            name: "IdentityTests",
            dependencies: [
                .product(name: "Identity", package: "Identity"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "PlatformTesting", package: "Platform"),
            ], path: "Packages/Identity/Tests/IdentityTests", swiftSettings: settings),
        .testTarget(
            name: "IdentityPostgresTests",
            dependencies: [
                .product(name: "IdentityPostgres", package: "Identity"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "Postgres", package: "Platform"),
                .product(name: "JobsPostgres", package: "Jobs"), .product(name: "AuditPostgres", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "IdentityCryptography", package: "Identity"),
            ], path: "Packages/Identity/Tests/IdentityPostgresTests", swiftSettings: settings),
        .testTarget(
            name: "IdentityHTTPTests",
            dependencies: [
                .product(name: "IdentityHTTP", package: "Identity"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "Identity", package: "Identity"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "IdentityCryptography", package: "Identity"), .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "IdentityCaptcha", package: "Identity"),
                .product(name: "JobsPostgres", package: "Jobs"), .product(name: "AuditPostgres", package: "Audit"),
            ], path: "Packages/Identity/Tests/IdentityHTTPTests", swiftSettings: settings),
        .testTarget(
            name: "OrgsTests",
            dependencies: [
                .product(name: "Orgs", package: "Orgs"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "PlatformTesting", package: "Platform"),
            ], path: "Packages/Orgs/Tests/OrgsTests", swiftSettings: settings),
        .testTarget(
            name: "OrgsPostgresTests",
            dependencies: [
                .product(name: "OrgsPostgres", package: "Orgs"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "Postgres", package: "Platform"),
                .product(name: "JobsPostgres", package: "Jobs"), .product(name: "AuditPostgres", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "IdentityCryptography", package: "Identity"),
                .product(name: "JobsTesting", package: "Jobs"),
            ], path: "Packages/Orgs/Tests/OrgsPostgresTests", swiftSettings: settings),
        .testTarget(
            name: "OrgsHTTPTests",
            dependencies: [
                .product(name: "OrgsHTTP", package: "Orgs"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "Identity", package: "Identity"), .product(name: "IdentityHTTP", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "OrgsPostgres", package: "Orgs"),
                .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "IdentityCryptography", package: "Identity"),
                .product(name: "AuditPostgres", package: "Audit"),
                .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "JobsTesting", package: "Jobs"),
            ], path: "Packages/Orgs/Tests/OrgsHTTPTests", swiftSettings: settings),
        .testTarget(
            name: "OperationsTests",
            dependencies: [
                .product(name: "Operations", package: "Operations"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "PlatformTesting", package: "Platform"),
            ], path: "Packages/Operations/Tests/OperationsTests", swiftSettings: settings),
        .testTarget(
            name: "OperationsPostgresTests",
            dependencies: [
                .product(name: "OperationsPostgres", package: "Operations"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "Postgres", package: "Platform"),
                .product(name: "JobsPostgres", package: "Jobs"), .product(name: "AuditPostgres", package: "Audit"),
                .product(name: "Identity", package: "Identity"), .product(name: "Orgs", package: "Orgs"),
                .product(name: "IdentityPostgres", package: "Identity"), .product(name: "OrgsPostgres", package: "Orgs"),
                .product(name: "Operations", package: "Operations"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], path: "Packages/Operations/Tests/OperationsPostgresTests", swiftSettings: settings),
        .testTarget(
            name: "OperationsHTTPTests",
            dependencies: [
                .product(name: "OperationsHTTP", package: "Operations"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "Identity", package: "Identity"), .product(name: "IdentityHTTP", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "Operations", package: "Operations"),
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "Postgres", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"),
            ], path: "Packages/Operations/Tests/OperationsHTTPTests", swiftSettings: settings),
        .testTarget(
            name: "BillingTests",
            dependencies: [
                .product(name: "Billing", package: "Billing"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "PlatformTesting", package: "Platform"),
            ], path: "Packages/Billing/Tests/BillingTests", swiftSettings: settings),
        .testTarget(
            name: "BillingPostgresTests",
            dependencies: [
                .product(name: "BillingTesting", package: "Billing"), .product(name: "BillingPostgres", package: "Billing"),
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "OrgsPostgres", package: "Orgs"), .product(name: "Billing", package: "Billing"),
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"),
            ], path: "Packages/Billing/Tests/BillingPostgresTests", swiftSettings: settings),
        .testTarget(
            name: "BillingStripeTests",
            dependencies: [
                .product(name: "BillingStripe", package: "Billing"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"), .product(name: "Billing", package: "Billing"),
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "Postgres", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
            ], path: "Packages/Billing/Tests/BillingStripeTests", swiftSettings: settings),
        .testTarget(
            name: "BillingHTTPTests",
            dependencies: [
                .product(name: "BillingHTTP", package: "Billing"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "Identity", package: "Identity"), .product(name: "IdentityHTTP", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "Billing", package: "Billing"),
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "Postgres", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"),
            ], path: "Packages/Billing/Tests/BillingHTTPTests", swiftSettings: settings),
        .testTarget(
            name: "GraphsTests",
            dependencies: [
                .product(name: "Graphs", package: "Graphs"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "Operations", package: "Operations"),
                .product(name: "Billing", package: "Billing"), .product(name: "PlatformTesting", package: "Platform"),
            ], path: "Packages/Graphs/Tests/GraphsTests", swiftSettings: settings),
        .testTarget(
            name: "GraphsPostgresTests",
            dependencies: [
                .product(name: "GraphEngines", package: "Graphs"), .product(name: "JobsTesting", package: "Jobs"),
                .product(name: "BillingTesting", package: "Billing"), .product(name: "GraphsPostgres", package: "Graphs"),
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Jobs", package: "Jobs"), .product(name: "Audit", package: "Audit"),
                .product(name: "Postgres", package: "Platform"), .product(name: "JobsPostgres", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "Operations", package: "Operations"),
                .product(name: "Billing", package: "Billing"), .product(name: "IdentityPostgres", package: "Identity"),
                .product(name: "OrgsPostgres", package: "Orgs"), .product(name: "OperationsPostgres", package: "Operations"),
                .product(name: "BillingPostgres", package: "Billing"), .product(name: "Graphs", package: "Graphs"),
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"),
            ], path: "Packages/Graphs/Tests/GraphsPostgresTests", swiftSettings: settings),
        .testTarget(
            name: "GraphEnginesTests",
            dependencies: [
                .product(name: "Operations", package: "Operations"), .product(name: "GraphEngines", package: "Graphs"),
                .product(name: "Core", package: "Platform"), .product(name: "Observability", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "Graphs", package: "Graphs"),
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"),
            ], path: "Packages/Graphs/Tests/GraphEnginesTests", swiftSettings: settings),
        .testTarget(
            name: "GraphsHTTPTests",
            dependencies: [
                .product(name: "GraphsHTTP", package: "Graphs"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "Identity", package: "Identity"), .product(name: "IdentityHTTP", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "Operations", package: "Operations"),
                .product(name: "Billing", package: "Billing"), .product(name: "Graphs", package: "Graphs"),
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "Postgres", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"),
            ], path: "Packages/Graphs/Tests/GraphsHTTPTests", swiftSettings: settings),
        .testTarget(
            name: "NotificationsTests",
            dependencies: [
                .product(name: "Notifications", package: "Notifications"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "Billing", package: "Billing"),
                .product(name: "Graphs", package: "Graphs"), .product(name: "PlatformTesting", package: "Platform"),
            ], path: "Packages/Notifications/Tests/NotificationsTests", swiftSettings: settings),
        .testTarget(
            name: "NotificationsPostgresTests",
            dependencies: [
                .product(name: "NotificationsPostgres", package: "Notifications"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Jobs", package: "Jobs"),
                .product(name: "Audit", package: "Audit"), .product(name: "Postgres", package: "Platform"),
                .product(name: "JobsPostgres", package: "Jobs"), .product(name: "JobsTesting", package: "Jobs"),
                .product(name: "AuditPostgres", package: "Audit"), .product(name: "Identity", package: "Identity"),
                .product(name: "Orgs", package: "Orgs"), .product(name: "Billing", package: "Billing"),
                .product(name: "Graphs", package: "Graphs"), .product(name: "Notifications", package: "Notifications"),
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"),
            ], path: "Packages/Notifications/Tests/NotificationsPostgresTests", swiftSettings: settings),
        .testTarget(
            name: "NotificationsMarkupTests",
            dependencies: [
                .product(name: "NotificationsMarkup", package: "Notifications"), .product(name: "Core", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"), .product(name: "Markup", package: "Platform"),
                .product(name: "Notifications", package: "Notifications"), .product(name: "PlatformTesting", package: "Platform"),
            ], path: "Packages/Notifications/Tests/NotificationsMarkupTests", exclude: ["Snapshots"], swiftSettings: settings),
        .testTarget(
            name: "NotificationsSMTPTests",
            dependencies: [
                .product(name: "NotificationsSMTP", package: "Notifications"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "Notifications", package: "Notifications"), .product(name: "PlatformTesting", package: "Platform"),
                .product(name: "Postgres", package: "Platform"), .product(name: "EventLoops", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], path: "Packages/Notifications/Tests/NotificationsSMTPTests", swiftSettings: settings),
        .testTarget(
            name: "StripeSandboxTests",
            dependencies: [
                .product(name: "StripeSandbox", package: "StripeSandbox"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Lifecycle", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "HTTPClient", package: "Platform"),
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "Postgres", package: "Platform"),
            ], path: "Packages/StripeSandbox/Tests/StripeSandboxTests", swiftSettings: settings),
        .testTarget(
            name: "MailCatcherTests",
            dependencies: [
                .product(name: "MailCatcher", package: "StripeSandbox"), .product(name: "Core", package: "Platform"),
                .product(name: "Observability", package: "Platform"), .product(name: "Lifecycle", package: "Platform"),
                .product(name: "EventLoops", package: "Platform"), .product(name: "HTTPServer", package: "Platform"),
                .product(name: "PlatformTesting", package: "Platform"), .product(name: "Postgres", package: "Platform"),
                .product(name: "HTTPClient", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], path: "Packages/StripeSandbox/Tests/MailCatcherTests", swiftSettings: settings),
    ]
)
