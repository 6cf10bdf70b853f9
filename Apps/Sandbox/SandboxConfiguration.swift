internal import Core
internal import Foundation
internal import Lifecycle

/// The sandbox's settings, read from the environment.
struct SandboxConfiguration {
    let host: String
    let httpPort: Int
    let smtpPort: Int
    let mailPort: Int
    let publicURL: String?
    let secretKey: SecretString
    let controlToken: SecretString
    let webhookURL: String?
    let webhookSecret: SecretString?
    let seed: UInt64
    let journal: String?
    let tlsFolder: String?
    let tlsPort: Int
    /// Where the ports are written once everything listens.
    let readyFile: String?

    private static let names: Set<String> = [
        "TRELLIS_SANDBOX_HOST", "TRELLIS_SANDBOX_HTTP_PORT", "TRELLIS_SANDBOX_SMTP_PORT", "TRELLIS_SANDBOX_MAIL_PORT",
        "TRELLIS_SANDBOX_PUBLIC_URL", "TRELLIS_SANDBOX_SECRET_KEY", "TRELLIS_SANDBOX_CONTROL_TOKEN", "TRELLIS_SANDBOX_WEBHOOK_URL",
        "TRELLIS_SANDBOX_WEBHOOK_SECRET", "TRELLIS_SANDBOX_SEED", "TRELLIS_SANDBOX_READY_FILE",
        "TRELLIS_SANDBOX_JOURNAL", "TRELLIS_SANDBOX_TLS_FOLDER", "TRELLIS_SANDBOX_TLS_PORT",
    ]

    init(environment: [String: String]) throws {
        var settings = Settings(environment: environment, prefix: "TRELLIS_SANDBOX_", known: Self.names) { path in
            try String(contentsOfFile: path, encoding: .utf8)
        }
        host = settings.text("TRELLIS_SANDBOX_HOST", default: "127.0.0.1")
        httpPort = settings.integer("TRELLIS_SANDBOX_HTTP_PORT", default: 0, in: 0...65_535)
        smtpPort = settings.integer("TRELLIS_SANDBOX_SMTP_PORT", default: 0, in: 0...65_535)
        mailPort = settings.integer("TRELLIS_SANDBOX_MAIL_PORT", default: 0, in: 0...65_535)
        publicURL = settings.optionalText("TRELLIS_SANDBOX_PUBLIC_URL")
        secretKey = settings.requiredSecret("TRELLIS_SANDBOX_SECRET_KEY", because: "the first account's key, sk_test_…")
        controlToken = settings.requiredSecret("TRELLIS_SANDBOX_CONTROL_TOKEN", because: "the token of the control interface")
        webhookURL = settings.optionalText("TRELLIS_SANDBOX_WEBHOOK_URL")
        webhookSecret = settings.optionalSecret("TRELLIS_SANDBOX_WEBHOOK_SECRET")
        seed = UInt64(settings.integer("TRELLIS_SANDBOX_SEED", default: 1, in: 0...Int.max))
        journal = settings.optionalText("TRELLIS_SANDBOX_JOURNAL")
        tlsFolder = settings.optionalText("TRELLIS_SANDBOX_TLS_FOLDER")
        tlsPort = settings.integer("TRELLIS_SANDBOX_TLS_PORT", default: 0, in: 0...65_535)
        // The file that tells of readiness is no secret's file, although its name ends like one.
        readyFile = settings.optionalText("TRELLIS_SANDBOX_READY_FILE")
        if !secretKey.withValue({ $0.isEmpty || $0.hasPrefix("sk_test_") }) {
            settings.refuse("TRELLIS_SANDBOX_SECRET_KEY must begin with sk_test_")
        }
        if webhookSecret?.withValue({ $0.hasPrefix("whsec_") }) == false {
            settings.refuse("TRELLIS_SANDBOX_WEBHOOK_SECRET must begin with whsec_")
        }
        try settings.check()
    }
}
