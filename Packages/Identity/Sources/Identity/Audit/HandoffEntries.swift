public import Audit
public import Core

extension IdentityAudit {
    /// The rows of the catalogue about sign-ins that are carried to sister apps (AUD-118).
    public static let handoffTypes: [AuditEventType] = [
        HandoffIssued.type, HandoffExchanged.type, HandoffCompleted.type, HandoffReplayed.type,
    ]

    /// A token for a sister app was made.
    public struct HandoffIssued: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("sso_token_issued", .low, [.user, .session])
        /// The person.
        public let user: User.ID
        /// The session.
        public let session: Session.ID

        /// Tells of it.
        package init(user: User.ID, session: Session.ID) {
            self.user = user
            self.session = session
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(session)) }
        /// One line.
        public var summary: String { "handoff token made" }
    }

    /// A token was swapped for a ticket of an app.
    public struct HandoffExchanged: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("sso_exchanged", .low, [.user, .session])
        /// The person.
        public let user: User.ID
        /// The session.
        public let session: Session.ID
        /// The app.
        public let app: String

        /// Tells of it.
        package init(user: User.ID, session: Session.ID, app: String) {
            self.user = user
            self.session = session
            self.app = app
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(session)) }
        /// One line.
        public var summary: String { "handoff exchanged for \(app)" }
        /// The facts.
        public var data: [String: JSONValue] { ["app": .string(app)] }
    }

    /// A ticket was swapped for a session.
    public struct HandoffCompleted: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("sso_completed", .low, [.user, .session])
        /// The person.
        public let user: User.ID
        /// The new session.
        public let session: Session.ID
        /// The session it comes from.
        public let parent: Session.ID

        /// Tells of it.
        package init(user: User.ID, session: Session.ID, parent: Session.ID) {
            self.user = user
            self.session = session
            self.parent = parent
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(session)) }
        /// One line.
        public var summary: String { "handoff completed" }
        /// The facts.
        public var data: [String: JSONValue] { ["parent_session": .string(parent.description)] }
    }

    /// A secret of a handoff was presented that does not work any more, or never did.
    public struct HandoffReplayed: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("sso_token_replayed", .high, [.networkClient])
        /// The person, when the secret was one.
        public let user: User.ID?
        /// The session it came from.
        public let session: Session.ID?
        /// The network.
        public let client: NetworkClient
        /// When.
        public let at: Instant

        /// Tells of it.
        package init(user: User.ID?, session: Session.ID?, client: NetworkClient, at: Instant) {
            self.user = user
            self.session = session
            self.client = client
            self.at = at
        }

        /// What it is about.
        public var references: AuditReferences {
            AuditReferences(AuditReference(client)).adding(user.map { AuditReference($0) }).adding(session.map { AuditReference($0) })
        }
        /// One line.
        public var summary: String { "a handoff was presented again" }
        /// Secrets that never were are written down once for a network and an hour.
        public var deduplicationKey: String? {
            user == nil ? "sso_token_replayed:\(client.auditKey):\(at.secondsSinceEpoch / 3_600)" : nil
        }
    }
}
