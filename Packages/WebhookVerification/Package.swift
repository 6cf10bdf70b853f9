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
    name: "WebhookVerification",
    products: [
        .library(name: "WebhookVerification", targets: ["WebhookVerification"])
    ],
    dependencies: [
        .package(path: "../Platform")
    ],
    targets: [
        .target(
            name: "WebhookVerification", dependencies: [.product(name: "Cryptography", package: "Platform")], swiftSettings: settings),
        .testTarget(name: "WebhookVerificationTests", dependencies: ["WebhookVerification"], swiftSettings: settings),
    ]
)
