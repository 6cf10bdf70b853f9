public import Audit
public import Core

extension IdentityAudit {
    /// A step of taking the second factor of a person away who lost it: asked for, approved, stopped or carried out (AUD-115).
    public struct UserMFAReset: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("user_mfa_reset", .critical, [.user])
        let user: User.ID
        let reset: SecondFactorReset.ID
        let step: SecondFactorReset.State
        let reason: String?
        let removed: Int?

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user)) }
        /// One line.
        public var summary: String {
            switch step {
            case .requested: "reset of the second factor asked for"
            case .approved: "reset of the second factor approved"
            case .stopped: "reset of the second factor stopped"
            case .lapsed: "reset of the second factor lapsed"
            case .completed: "second factor reset, \(removed ?? 0) passkeys removed"
            }
        }
        /// The facts.
        public var data: [String: JSONValue] {
            var data: [String: JSONValue] = ["reset": .string(reset.description), "step": .string(step.rawValue)]
            if let removed { data["removed_passkeys"] = .integer(Int64(removed)) }
            return data
        }
        /// Why, in an operator's own words.
        public var personal: [String: JSONValue] { reason.map { ["reason": .string($0)] } ?? [:] }
        /// Operators alone read it.
        public var isPersonalShared: Bool { false }
    }
}
