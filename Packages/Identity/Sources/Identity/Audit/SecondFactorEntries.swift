public import Audit
public import Core

extension IdentityAudit {
    /// The rows of the catalogue about second factors, passkeys and codes (AUD-113, AUD-116).
    public static let secondFactorTypes: [AuditEventType] = [
        MFAChallengeIssued.type, MFAVerified.type, MFAFailed.type, MFARecoveryUsed.type, PasskeyEnrolled.type, PasskeyRenamed.type,
        PasskeyRemoved.type, PasskeyCounterRegressed.type, RecoveryCodesGenerated.type,
        RecoveryCodesRegenerated.type,
    ]

    /// A first factor was good, and a second step was asked for.
    public struct MFAChallengeIssued: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("mfa_challenge_issued", .low, [.networkClient, .user])
        let user: User.ID
        let purpose: MFAToken.Purpose
        let client: NetworkClient
        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(client), AuditReference(user)) }
        /// One line.
        public var summary: String { purpose == .login ? "second factor asked for" : "first passkey asked for" }
    }

    /// A passkey was good as a second factor.
    public struct MFAVerified: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("mfa_verified", .low, [.networkClient, .user])
        let user: User.ID
        let passkey: Passkey.ID
        let client: NetworkClient
        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(client), AuditReference(user), AuditReference(passkey)) }
        /// One line.
        public var summary: String { "second factor shown" }
    }

    /// A second factor, or a passkey alone, was wrong.
    public struct MFAFailed: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("mfa_failed", .high, [.networkClient])
        let user: User.ID?
        let client: NetworkClient
        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(client)).adding(user.map { AuditReference($0) }) }
        /// One line.
        public var summary: String { "second factor refused" }
    }

    /// A recovery code was good as a second factor.
    public struct MFARecoveryUsed: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("mfa_recovery_used", .high, [.networkClient, .user])
        let user: User.ID
        let left: Int
        let client: NetworkClient
        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(client), AuditReference(user)) }
        /// One line.
        public var summary: String { "recovery code used, \(left) left" }
        /// The facts.
        public var data: [String: JSONValue] { ["left": .integer(Int64(left))] }
    }

    /// A passkey was enrolled.
    public struct PasskeyEnrolled: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("passkey_enrolled", .medium, [.user, .passkey])
        let user: User.ID
        let passkey: Passkey.ID
        let isForced: Bool
        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(passkey)) }
        /// One line.
        public var summary: String { "passkey enrolled" }
        /// The facts.
        public var data: [String: JSONValue] { ["lane": .string(isForced ? "forced" : "settings")] }
    }

    /// A passkey got another name.
    public struct PasskeyRenamed: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("passkey_renamed", .low, [.user, .passkey])
        let user: User.ID
        let passkey: Passkey.ID
        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(passkey)) }
        /// One line.
        public var summary: String { "passkey renamed" }
    }

    /// A passkey was removed.
    public struct PasskeyRemoved: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("passkey_removed", .high, [.user, .passkey])
        let user: User.ID
        let passkey: Passkey.ID
        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(passkey)) }
        /// One line.
        public var summary: String { "passkey removed" }
    }

    /// The counter of a passkey went back, as that of a copy does.
    public struct PasskeyCounterRegressed: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("passkey_counter_regressed", .medium, [.user, .passkey])
        let user: User.ID
        let passkey: Passkey.ID
        let before: Int64
        let now: Int64
        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(passkey)) }
        /// One line.
        public var summary: String { "the passkey's counter went from \(before) to \(now)" }
        /// The facts.
        public var data: [String: JSONValue] { ["before": .integer(before), "now": .integer(now)] }
    }

    /// Recovery codes were made with the first passkey.
    public struct RecoveryCodesGenerated: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("recovery_codes_generated", .medium, [.user])
        let user: User.ID
        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "recovery codes made" }
    }

    /// Recovery codes replaced those before.
    public struct RecoveryCodesRegenerated: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("recovery_codes_regenerated", .high, [.user])
        let user: User.ID
        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String { "recovery codes replaced" }
    }
}
