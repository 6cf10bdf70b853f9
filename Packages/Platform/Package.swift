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
    name: "Platform",
    products: [
        .library(name: "Core", targets: ["Core"]),
        .library(name: "Observability", targets: ["Observability"]),
        .library(name: "Lifecycle", targets: ["Lifecycle"]),
        .library(name: "EventLoops", targets: ["EventLoops"]),
        .library(name: "Postgres", targets: ["Postgres"]),
        .library(name: "Cryptography", targets: ["Cryptography"]),
        .library(name: "WebAuthn", targets: ["WebAuthn"]),
        .library(name: "WebAuthnTesting", targets: ["WebAuthnTesting"]),
        .library(name: "HTTPServer", targets: ["HTTPServer"]),
        .library(name: "HTTPClient", targets: ["HTTPClient"]),
        .library(name: "Markup", targets: ["Markup"]),
        .library(name: "Pages", targets: ["Pages"]),
        .library(name: "RateLimits", targets: ["RateLimits"]),
        .library(name: "RateLimitsPostgres", targets: ["RateLimitsPostgres"]),
        .library(name: "RateLimitsRedis", targets: ["RateLimitsRedis"]),
        .library(name: "Redis", targets: ["Redis"]),
        .library(name: "TLSFront", targets: ["TLSFront"]),
        .library(name: "PlatformTesting", targets: ["PlatformTesting"]),
    ],
    targets: [
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CFido", pkgConfig: "libfido2", providers: [.apt(["libfido2-dev"])]),
        // Without pkg-config: that of hiredis names a flag which the package manager refuses.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CHTTPParser", providers: [.apt(["libhttp-parser-dev"])]),
        .target(name: "CEventLoop"),
        .target(name: "CProcess"),
        .target(name: "CTLSFront", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(name: "CTLSDelivery", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(name: "CCurlShims", dependencies: ["CLibCurl"]),
        .target(name: "Core", swiftSettings: settings),
        .target(name: "Observability", dependencies: ["Core"], swiftSettings: settings),
        .target(name: "Lifecycle", dependencies: ["Core", "CProcess"], swiftSettings: settings),
        .target(name: "EventLoops", dependencies: ["Core", "CEventLoop"], swiftSettings: settings),
        .target(name: "Postgres", dependencies: ["Core", "Observability", "Lifecycle", "EventLoops", "CLibPQ"], swiftSettings: settings),
        .target(name: "Cryptography", dependencies: ["Core", "EventLoops", "CLibCrypto", "CArgon2"], swiftSettings: settings),
        .target(name: "WebAuthn", dependencies: ["Core", "Cryptography", "CFido"], swiftSettings: settings),
        .target(name: "WebAuthnTesting", dependencies: ["Core", "Cryptography", "CLibCrypto"], swiftSettings: settings),
        .target(
            name: "HTTPServer", dependencies: ["Core", "Observability", "Lifecycle", "EventLoops", "CEventLoop", "CHTTPParser"],
            swiftSettings: settings),
        .target(
            name: "HTTPClient", dependencies: ["Core", "Observability", "CLibCurl", "CCurlShims", "CTLSDelivery"], swiftSettings: settings),
        .target(name: "Pages", dependencies: ["Core", "Cryptography", "HTTPServer", "Markup"], swiftSettings: settings),
        .target(name: "Markup", dependencies: ["Core", "CLibXML2"], swiftSettings: settings),
        .target(name: "RateLimits", dependencies: ["Core", "Observability", "HTTPServer"], swiftSettings: settings),
        .target(name: "RateLimitsPostgres", dependencies: ["Core", "HTTPServer", "RateLimits", "Postgres"], swiftSettings: settings),
        .target(name: "TLSFront", dependencies: ["CTLSFront"], swiftSettings: settings),
        .target(name: "Redis", dependencies: ["Core", "EventLoops", "Cryptography", "CHiredis"], swiftSettings: settings),
        .target(name: "RateLimitsRedis", dependencies: ["Core", "HTTPServer", "RateLimits", "Redis"], swiftSettings: settings),
        .target(
            name: "PlatformTesting", dependencies: ["Core", "Observability", "EventLoops", "Postgres", "HTTPServer", "HTTPClient"],
            swiftSettings: settings),
        .testTarget(name: "CoreTests", dependencies: ["Core"], swiftSettings: settings),
        .testTarget(name: "ObservabilityTests", dependencies: ["Observability", "Core"], swiftSettings: settings),
        .testTarget(name: "LifecycleTests", dependencies: ["Lifecycle", "Core"], swiftSettings: settings),
        .testTarget(name: "EventLoopsTests", dependencies: ["EventLoops", "Core"], swiftSettings: settings),
        .testTarget(
            name: "PostgresTests",
            dependencies: [
                "Postgres", "Core", "Observability", "Lifecycle", "EventLoops", "PlatformTesting", "HTTPServer", "HTTPClient",
                "Cryptography",
            ], swiftSettings: settings),
        .testTarget(name: "CryptographyTests", dependencies: ["Cryptography", "Core", "EventLoops"], swiftSettings: settings),
        .testTarget(name: "WebAuthnTests", dependencies: ["WebAuthn", "WebAuthnTesting", "Cryptography", "Core"], swiftSettings: settings),
        .testTarget(
            name: "HTTPServerTests", dependencies: ["HTTPServer", "Core", "Observability", "Lifecycle", "EventLoops", "PlatformTesting"],
            swiftSettings: settings),
        .testTarget(
            name: "HTTPClientTests", dependencies: ["HTTPClient", "Core", "Observability", "PlatformTesting"], swiftSettings: settings),
        .testTarget(
            name: "RateLimitsTests",
            dependencies: [
                "RateLimits", "RateLimitsPostgres", "RateLimitsRedis", "Redis", "Core", "Observability", "HTTPServer", "Postgres",
                "EventLoops", "PlatformTesting",
            ],
            swiftSettings: settings),
        .testTarget(name: "PagesTests", dependencies: ["Pages", "HTTPServer", "Core"], swiftSettings: settings),
        .testTarget(name: "MarkupTests", dependencies: ["Markup", "Core"], swiftSettings: settings),
    ]
)
