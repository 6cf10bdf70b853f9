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
        .package(path: "Packages/Admin"),
        .package(path: "Packages/WebhookVerification"),
    ],
    targets: [
        .target(
            name: "Composition",
            dependencies: products([
                "Core", "Observability", "Lifecycle", "EventLoops", "Postgres", "HTTPServer", "Audit", "AuditPostgres", "Cryptography",
                "Jobs", "JobsPostgres", "AuditHTTP", "Identity", "IdentityPostgres", "IdentityCryptography", "IdentityHTTP",
                "IdentityCaptcha", "WebAuthn", "Orgs", "OrgsPostgres", "OrgsHTTP", "RateLimits", "RateLimitsPostgres", "RateLimitsRedis",
                "Redis",
                "HTTPClient",
                "Markup",
                "Operations", "OperationsPostgres", "OperationsHTTP", "Billing", "BillingPostgres", "BillingStripe", "BillingHTTP",
                "IdleCancellation", "IdleCancellationPostgres", "IdleCancellationHTTP", "NotificationsHTTP",
                "Admin", "AdminPostgres", "AdminHTTP", "AuditProof", "AuditStorage", "AuditStreaming",
                "Graphs", "GraphsPostgres", "GraphEngines", "GraphsHTTP", "Notifications", "NotificationsPostgres", "NotificationsMarkup",
                "NotificationsSMTP", "NotificationsWebhooks",
            ]),
            path: "Apps/Composition", swiftSettings: settings),
        .executableTarget(
            name: "API",
            dependencies: products(["Composition", "Core", "Observability", "Lifecycle", "Postgres", "HTTPServer"]),
            path: "Apps/API", swiftSettings: settings),
        .executableTarget(
            name: "Worker",
            dependencies: products(["Composition", "Core", "Observability", "Lifecycle", "Postgres", "HTTPServer"]),
            path: "Apps/Worker", swiftSettings: settings),
        .executableTarget(
            name: "Sandbox",
            dependencies: products(["Core", "Observability", "Lifecycle", "EventLoops", "HTTPServer", "StripeSandbox", "MailCatcher"]),
            path: "Apps/Sandbox", swiftSettings: settings),
        .executableTarget(
            name: "Ctl",
            dependencies: products([
                "Composition", "Core", "Observability", "Lifecycle", "EventLoops", "Postgres", "AuditProof", "AuditPostgres",
                "Cryptography", "Admin", "AdminPostgres", "Audit", "Identity", "Orgs", "Billing", "IdleCancellation", "Notifications",
            ]),
            path: "Apps/Ctl", swiftSettings: settings),
        .testTarget(
            name: "CompositionTests",
            dependencies: products([
                "Composition", "Core", "Cryptography", "Lifecycle", "Postgres", "JobsPostgres", "PlatformTesting", "Observability",
                "HTTPServer", "EventLoops", "MailCatcher", "Notifications", "WebAuthnTesting", "Graphs", "GraphsHTTP", "Jobs", "Orgs",
                "Operations", "OperationsPostgres", "Identity", "IdentityHTTP", "IdentityPostgres", "Audit", "AuditPostgres", "Redis",
            ]),
            path: "Tests/Composition", swiftSettings: settings),
        .testTarget(
            name: "IsolationTests",
            dependencies: products(["Composition", "Core", "HTTPServer", "Observability", "PlatformTesting", "Postgres"]),
            path: "Tests/Isolation", swiftSettings: settings),
        .testTarget(
            name: "SchemaTests", dependencies: products(["AuditPostgres", "AuditProof", "Composition", "PlatformTesting", "Postgres"]),
            path: "Tests/Schema",
            exclude: ["schema.sql", "event-types.txt"], swiftSettings: settings),
        .testTarget(
            name: "EndToEndTests",
            // Not called from the tests: that they are built before it is run.
            dependencies: ["API", "Worker", "Sandbox", "Ctl"],
            path: "Tests/EndToEnd", exclude: ["story"], swiftSettings: settings),
        tests("CoreTests", of: "Platform", using: ["Core"]),
        tests("PagesTests", of: "Platform", using: ["Pages", "HTTPServer", "Core"]),
        tests("ObservabilityTests", of: "Platform", using: ["Observability", "Core"]),
        tests("LifecycleTests", of: "Platform", using: ["Lifecycle", "Core"]),
        tests("EventLoopsTests", of: "Platform", using: ["EventLoops", "Core"]),
        tests(
            "PostgresTests", of: "Platform",
            using: [
                "Postgres", "Core", "Observability", "Lifecycle", "EventLoops", "PlatformTesting", "HTTPServer", "HTTPClient",
                "Cryptography",
            ], exclude: ["Snapshots"]),
        tests("CryptographyTests", of: "Platform", using: ["Cryptography", "Core", "EventLoops"]),
        tests("WebAuthnTests", of: "Platform", using: ["WebAuthn", "WebAuthnTesting", "Cryptography", "Core"]),
        tests(
            "HTTPServerTests", of: "Platform",
            using: [
                "HTTPServer", "Core", "Observability", "Lifecycle", "EventLoops", "PlatformTesting",
            ]),
        tests("HTTPClientTests", of: "Platform", using: ["HTTPClient", "Core", "Observability", "PlatformTesting"]),
        tests(
            "RateLimitsTests", of: "Platform",
            using: [
                "RateLimits", "RateLimitsPostgres", "RateLimitsRedis", "Redis", "Core", "Observability", "HTTPServer", "Postgres",
                "EventLoops", "PlatformTesting",
            ]),
        tests("MarkupTests", of: "Platform", using: ["Markup", "Core"]),
        tests("JobsTests", of: "Jobs", using: ["Jobs", "Core", "Observability", "PlatformTesting"]),
        tests(
            "JobsPostgresTests", of: "Jobs",
            using: [
                "JobsTesting", "JobsPostgres", "Core", "Observability", "Lifecycle", "EventLoops", "Postgres", "Jobs", "PlatformTesting",
                "HTTPServer", "HTTPClient", "Cryptography",
            ]),
        tests(
            "AdminTests", of: "Admin",
            using: [
                "Admin", "AdminPostgres", "AdminHTTP", "Core", "Observability", "HTTPServer", "Pages", "RateLimits", "RateLimitsPostgres",
                "Postgres", "PlatformTesting", "Cryptography", "WebAuthn", "WebAuthnTesting", "EventLoops", "Jobs", "JobsPostgres", "Audit",
                "AuditPostgres", "AuditHTTP", "Identity", "IdentityCryptography", "IdentityPostgres", "Orgs", "OrgsPostgres",
                "OperationsPostgres", "Billing", "BillingPostgres", "BillingTesting", "IdleCancellationPostgres", "Graphs",
                "GraphsPostgres", "Markup", "Notifications", "NotificationsMarkup", "NotificationsPostgres",
            ]),
        tests("AuditTests", of: "Audit", using: ["Audit", "Core", "Observability", "PlatformTesting"]),
        tests("AuditProofTests", of: "Audit", using: ["AuditProof", "Core", "Cryptography"], exclude: ["Vectors"]),
        tests(
            "AuditPostgresTests", of: "Audit",
            using: [
                "AuditPostgres", "AuditProof", "AuditStorage", "AuditStreaming", "Core", "Observability", "Postgres", "Audit",
                "PlatformTesting",
                "EventLoops",
                "HTTPServer", "HTTPClient", "Cryptography",
            ]),
        tests(
            "AuditEmbeddingTests", of: "Audit",
            using: [
                "Audit", "AuditStorage", "AuditPostgres", "AuditProof", "AuditTesting", "Core", "Cryptography", "Observability", "Postgres",
                "PlatformTesting",
            ]),
        tests(
            "AuditHTTPTests", of: "Audit",
            using: [
                "AuditHTTP", "Core", "Observability", "HTTPServer", "Audit", "PlatformTesting", "Postgres", "EventLoops", "HTTPClient",
                "Cryptography",
            ]),
        tests("IdentityTests", of: "Identity", using: ["Identity", "Core", "Observability", "Jobs", "Audit", "PlatformTesting"]),
        tests(
            "IdentityPostgresTests", of: "Identity",
            using: [
                "IdentityPostgres", "Core", "Observability", "Jobs", "Audit", "Postgres", "JobsPostgres", "AuditPostgres", "Identity",
                "PlatformTesting", "EventLoops", "HTTPServer", "HTTPClient", "Cryptography", "IdentityCryptography",
            ]),
        tests(
            "IdentityHTTPTests", of: "Identity",
            using: [
                "IdentityHTTP", "Core", "Observability", "Jobs", "Audit", "HTTPServer", "Identity", "PlatformTesting", "Postgres",
                "EventLoops", "HTTPClient", "Cryptography", "IdentityCryptography", "IdentityPostgres", "IdentityCaptcha", "JobsPostgres",
                "AuditPostgres", "WebAuthn", "WebAuthnTesting",
            ]),
        tests("OrgsTests", of: "Orgs", using: ["Orgs", "Core", "Observability", "Jobs", "Audit", "Identity", "PlatformTesting"]),
        tests(
            "OrgsPostgresTests", of: "Orgs",
            using: [
                "OrgsPostgres", "Core", "Observability", "Jobs", "Audit", "Postgres", "JobsPostgres", "AuditPostgres", "Identity",
                "IdentityPostgres", "Orgs", "PlatformTesting", "EventLoops", "HTTPServer", "HTTPClient", "Cryptography",
                "IdentityCryptography", "JobsTesting",
            ]),
        tests(
            "OrgsWireTests", of: "Orgs",
            using: [
                "Orgs", "OrgsPostgres", "OrgsHTTP", "Core", "Jobs", "JobsPostgres", "JobsTesting", "Audit", "AuditPostgres", "Identity",
                "IdentityCryptography", "IdentityHTTP", "IdentityPostgres", "Cryptography", "HTTPServer", "Observability",
                "PlatformTesting", "Postgres", "WebAuthn", "WebAuthnTesting",
            ]),
        tests(
            "OrgsHTTPTests", of: "Orgs",
            using: [
                "OrgsHTTP", "Core", "Observability", "Jobs", "Audit", "HTTPServer", "Identity", "IdentityHTTP", "Orgs", "PlatformTesting",
                "Postgres", "EventLoops", "HTTPClient", "Cryptography", "OrgsPostgres", "IdentityPostgres", "IdentityCryptography",
                "AuditPostgres", "JobsPostgres", "JobsTesting",
            ]),
        tests(
            "OperationsTests", of: "Operations",
            using: [
                "Operations", "Core", "Observability", "Jobs", "Audit", "Identity", "Orgs", "PlatformTesting",
            ]),
        tests(
            "OperationsPostgresTests", of: "Operations",
            using: [
                "OperationsPostgres", "Core", "Observability", "Jobs", "Audit", "Postgres", "JobsPostgres", "AuditPostgres", "Identity",
                "Orgs", "IdentityPostgres", "OrgsPostgres", "Operations", "PlatformTesting", "EventLoops", "HTTPServer", "HTTPClient",
                "Cryptography",
            ]),
        tests(
            "OperationsHTTPTests", of: "Operations",
            using: [
                "OperationsHTTP", "Core", "Observability", "Jobs", "Audit", "HTTPServer", "Identity", "IdentityHTTP", "Orgs",
                "Operations", "PlatformTesting", "Postgres", "EventLoops", "HTTPClient", "Cryptography",
            ]),
        tests(
            "BillingTests", of: "Billing",
            using: [
                "Billing", "Core", "Observability", "Jobs", "Audit", "Identity", "Orgs", "PlatformTesting",
            ]),
        tests(
            "BillingPostgresTests", of: "Billing",
            using: [
                "BillingTesting", "BillingPostgres", "BillingStripe", "Core", "Observability", "Jobs", "Audit", "Postgres",
                "JobsPostgres", "AuditPostgres", "Identity", "Orgs", "IdentityPostgres", "OrgsPostgres", "Billing", "PlatformTesting",
                "EventLoops", "HTTPServer", "HTTPClient", "Cryptography", "Lifecycle", "JobsTesting", "StripeSandbox",
            ]),
        tests(
            "BillingStripeTests", of: "Billing",
            using: [
                "BillingStripe", "Core", "Observability", "HTTPClient", "Cryptography", "Billing", "PlatformTesting", "Postgres",
                "EventLoops", "HTTPServer", "Orgs",
            ]),
        tests(
            "BillingHTTPTests", of: "Billing",
            using: [
                "BillingHTTP", "Core", "Observability", "Jobs", "Audit", "HTTPServer", "Identity", "IdentityHTTP", "Orgs", "Billing",
                "PlatformTesting", "Postgres", "EventLoops", "HTTPClient", "Cryptography", "Pages",
            ], exclude: ["Snapshots"]),
        tests(
            "IdleCancellationTests", of: "Billing",
            using: [
                "IdleCancellation", "Billing", "Core", "Observability", "Cryptography", "Jobs", "Audit", "Identity", "Orgs",
                "PlatformTesting",
            ]),
        tests(
            "IdleEmbeddingTests", of: "Billing",
            using: [
                "IdleCancellation", "IdleCancellationPostgres", "BillingTesting", "BillingPostgres", "Billing", "Core", "Observability",
                "Postgres", "PlatformTesting", "Jobs", "JobsPostgres", "JobsTesting", "Audit", "AuditPostgres", "Identity",
                "IdentityPostgres",
                "Orgs", "OrgsPostgres",
            ]),
        tests(
            "IdleCancellationPostgresTests", of: "Billing",
            using: [
                "IdleCancellation", "IdleCancellationPostgres", "BillingTesting", "BillingPostgres", "BillingStripe", "Core",
                "Observability", "Jobs", "Audit", "Postgres", "JobsPostgres", "JobsTesting", "AuditPostgres", "Identity", "Orgs",
                "IdentityPostgres", "OrgsPostgres", "Billing", "PlatformTesting", "EventLoops", "HTTPServer", "HTTPClient",
                "Cryptography", "StripeSandbox",
            ]),
        tests(
            "IdleCancellationHTTPTests", of: "Billing",
            using: [
                "IdleCancellation", "IdleCancellationHTTP", "Billing", "Core", "Observability", "Jobs", "Audit", "HTTPServer",
                "Identity", "IdentityHTTP", "Orgs", "PlatformTesting", "Postgres", "EventLoops", "HTTPClient", "Cryptography", "Pages",
            ]),
        tests(
            "GraphsTests", of: "Graphs",
            using: [
                "Graphs", "Core", "Observability", "Jobs", "Audit", "Identity", "Orgs", "Operations", "Billing", "PlatformTesting",
            ]),
        tests(
            "GraphsPostgresTests", of: "Graphs",
            using: [
                "GraphEngines", "GraphsTesting", "JobsTesting", "BillingTesting", "OperationsHTTP", "IdentityHTTP", "GraphsPostgres",
                "Core",
                "Observability",
                "Jobs", "Audit", "Postgres", "JobsPostgres", "AuditPostgres", "Identity", "Orgs", "Operations", "Billing",
                "IdentityPostgres", "OrgsPostgres",
                "OperationsPostgres", "BillingPostgres", "Graphs", "PlatformTesting", "EventLoops", "HTTPServer", "HTTPClient",
                "Cryptography",
            ]),
        tests(
            "GraphEnginesTests", of: "Graphs",
            using: [
                "Operations", "GraphEngines", "Core", "Observability", "Cryptography", "EventLoops", "Postgres", "Graphs",
                "GraphsTesting", "PlatformTesting", "HTTPServer", "HTTPClient",
            ]),
        tests(
            "GraphsHTTPTests", of: "Graphs",
            using: [
                "GraphsHTTP", "Core", "Observability", "Jobs", "Audit", "HTTPServer", "Identity", "IdentityHTTP", "Orgs", "Operations",
                "Billing", "Graphs", "PlatformTesting", "Postgres", "EventLoops", "HTTPClient", "Cryptography",
                "RateLimits",
            ]),
        tests(
            "NotificationsTests", of: "Notifications",
            using: [
                "Notifications", "Core", "Observability", "Jobs", "Audit", "Identity", "Orgs", "Billing", "Graphs", "PlatformTesting",
            ]),
        tests(
            "NotificationsPostgresTests", of: "Notifications",
            using: [
                "NotificationsPostgres", "Core", "Observability", "Jobs", "Audit", "Postgres", "JobsPostgres", "JobsTesting",
                "AuditPostgres", "Identity", "Orgs", "Billing", "Graphs", "Notifications", "PlatformTesting", "EventLoops", "HTTPServer",
                "HTTPClient", "Cryptography", "IdentityPostgres", "IdentityHTTP", "IdentityCryptography", "OrgsPostgres", "BillingPostgres",
                "IdleCancellation", "IdleCancellationPostgres", "GraphsPostgres", "Operations", "OperationsPostgres", "BillingTesting",
                "GraphEngines", "NotificationsHTTP", "NotificationsMarkup", "NotificationsWebhooks", "Markup",
            ]),
        tests(
            "NotificationsEmbeddingTests", of: "Notifications",
            using: [
                "Notifications", "NotificationsMarkup", "NotificationsPostgres", "Core", "Markup", "Observability", "Postgres",
                "PlatformTesting", "Jobs", "JobsPostgres", "JobsTesting", "AuditPostgres",
            ]),
        tests(
            "NotificationsMarkupTests", of: "Notifications",
            using: [
                "NotificationsMarkup", "Core", "Cryptography", "Markup", "Identity", "Orgs", "Notifications", "PlatformTesting",
            ], exclude: ["Snapshots"]),
        tests(
            "NotificationsSMTPTests", of: "Notifications",
            using: [
                "NotificationsSMTP", "Core", "Observability", "HTTPClient", "Notifications", "PlatformTesting", "Postgres", "EventLoops",
                "HTTPServer", "Cryptography",
            ]),
        tests("WebhookVerificationTests", of: "WebhookVerification", using: ["WebhookVerification"]),
        tests(
            "StripeSandboxTests", of: "StripeSandbox",
            using: [
                "StripeSandbox", "Core", "Observability", "Lifecycle", "EventLoops", "Cryptography", "HTTPServer", "HTTPClient",
                "PlatformTesting", "Postgres",
            ]),
        tests(
            "MailCatcherTests", of: "StripeSandbox",
            using: [
                "MailCatcher", "Core", "Observability", "Lifecycle", "EventLoops", "HTTPServer", "PlatformTesting", "Postgres",
                "HTTPClient", "Cryptography",
            ]),
    ]
)

/// Products by their names alone: those of a domain begin with its name, and what begins with no domain's is the platform's.
func products(_ names: [String]) -> [Target.Dependency] {
    let packages = [
        "Jobs": "Jobs", "Admin": "Admin", "Audit": "Audit", "Identity": "Identity", "Orgs": "Orgs", "Operations": "Operations",
        "Billing": "Billing", "IdleCancellation": "Billing",
        "Graph": "Graphs", "Notifications": "Notifications", "StripeSandbox": "StripeSandbox", "MailCatcher": "StripeSandbox",
        "WebhookVerification": "WebhookVerification",
    ]
    return names.map { name in
        if name == "Composition" { return .target(name: name) }
        let package = packages.first { name.hasPrefix($0.key) }?.value ?? "Platform"
        return .product(name: name, package: package)
    }
}

/// A package's own test target once more, so that one `swift test` at the root runs them all.
func tests(_ name: String, of package: String, using names: [String], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: products(names), path: "Packages/\(package)/Tests/\(name)", exclude: exclude, swiftSettings: settings)
}
