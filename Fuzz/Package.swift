// swift-tools-version: 6.3
import PackageDescription

// Built with `--sanitize fuzzer` by Scripts/fuzz; each target is a program that libFuzzer drives.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-parse-as-library"]),
]

let package = Package(
    name: "Fuzz",
    dependencies: [
        .package(path: "../Packages/Platform"),
        .package(path: "../Packages/Billing"),
        .package(path: "../Packages/Identity"),
        .package(path: "../Packages/Audit"),
    ],
    targets: [
        .executableTarget(
            name: "FuzzAuditExports",
            dependencies: [
                .product(name: "AuditProof", package: "Audit"), .product(name: "Core", package: "Platform"),
                .product(name: "Cryptography", package: "Platform"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "FuzzCallerText",
            dependencies: [
                .product(name: "Identity", package: "Identity"), .product(name: "IdentityHTTP", package: "Identity"),
                .product(name: "Core", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
                .product(name: "HTTPServer", package: "Platform"), .product(name: "Observability", package: "Platform"),
            ], swiftSettings: settings),
        .executableTarget(
            name: "FuzzFormEncoding",
            dependencies: [.product(name: "BillingStripe", package: "Billing"), .product(name: "Core", package: "Platform")],
            swiftSettings: settings),
        .executableTarget(
            name: "FuzzMailTemplates",
            dependencies: [.product(name: "Core", package: "Platform"), .product(name: "Markup", package: "Platform")],
            swiftSettings: settings),
        .executableTarget(
            name: "FuzzRequests", dependencies: [.product(name: "HTTPServer", package: "Platform")], swiftSettings: settings),
        .executableTarget(
            name: "FuzzRouter",
            dependencies: [.product(name: "Core", package: "Platform"), .product(name: "HTTPServer", package: "Platform")],
            swiftSettings: settings),
        .executableTarget(
            name: "FuzzRequestDecoder",
            dependencies: [.product(name: "Core", package: "Platform"), .product(name: "HTTPServer", package: "Platform")],
            swiftSettings: settings),
        .executableTarget(
            name: "FuzzWebhookSignatures",
            dependencies: [
                .product(name: "BillingStripe", package: "Billing"), .product(name: "Billing", package: "Billing"),
                .product(name: "Core", package: "Platform"), .product(name: "Cryptography", package: "Platform"),
            ], swiftSettings: settings),
    ]
)
