public import Audit
public import Core

extension IdentityAudit {
    /// A person signed in.
    public struct SignedIn: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("auth_success", .low, [.networkClient])
        /// The person.
        public let user: User.ID
        /// The session.
        public let session: Session.ID
        /// The network.
        public let client: NetworkClient

        /// Tells of it.
        package init(user: User.ID, session: Session.ID, client: NetworkClient) {
            self.user = user
            self.session = session
            self.client = client
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(client), AuditReference(user), AuditReference(session)) }
        /// One line.
        public var summary: String { "signed in" }
    }
}

extension IdentityAudit {
    /// A sign-in was refused; for an unknown address it differs in the person only (AUD-113).
    public struct SignInFailed: ClientDenial {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("auth_failure", .medium, [.networkClient])
        /// The person, when the address has an account.
        public let user: User.ID?
        /// The network.
        public let client: NetworkClient
        /// The template of the route that was called.
        public let route: String
        /// High from the fifth failure in a quarter of an hour on.
        public let risk: AuditRisk

        /// Tells of it.
        package init(user: User.ID?, client: NetworkClient, route: String, risk: AuditRisk) {
            self.user = user
            self.client = client
            self.route = route
            self.risk = risk
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(client)).adding(user.map { AuditReference($0) }) }
        /// One line.
        public var summary: String { "sign-in refused" }
        /// Where.
        public var data: [String: JSONValue] { ["route": .string(route)] }
    }
}

extension IdentityAudit {
    /// A session began.
    public struct SessionStarted: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("session_started", .low, [.user, .session])
        /// The person.
        public let user: User.ID
        /// The session.
        public let session: Session.ID
        /// The org.
        public let org: OrgReference?
        /// The network.
        public let client: NetworkClient

        /// Tells of it.
        package init(user: User.ID, session: Session.ID, org: OrgReference?, client: NetworkClient) {
            self.user = user
            self.session = session
            self.org = org
            self.client = client
        }

        /// What it is about.
        public var references: AuditReferences {
            AuditReferences(AuditReference(user), AuditReference(session), AuditReference(client)).adding(org.map { AuditReference($0) })
        }
        /// One line.
        public var summary: String { "session started" }
    }
}

extension IdentityAudit {
    /// A session got a new token.
    public struct TokenRefreshed: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("token_refresh", .low, [.user, .session])
        /// The person.
        public let user: User.ID
        /// The session.
        public let session: Session.ID
        /// When.
        public let at: Instant

        /// Tells of it.
        package init(user: User.ID, session: Session.ID, at: Instant) {
            self.user = user
            self.session = session
            self.at = at
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(session)) }
        /// One line.
        public var summary: String { "session refreshed" }
        /// Once per session and hour (AUD-114).
        public var deduplicationKey: String? { "token_refresh:\(session):\(at.secondsSinceEpoch / 3_600)" }
    }
}

extension IdentityAudit {
    /// A session acts for another org.
    public struct SessionOrgSwitched: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("session_org_switched", .low, [.user, .session])
        /// The person.
        public let user: User.ID
        /// The session.
        public let session: Session.ID
        /// The org it acts for now.
        public let org: OrgReference

        /// Tells of it.
        package init(user: User.ID, session: Session.ID, org: OrgReference) {
            self.user = user
            self.session = session
            self.org = org
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(session), AuditReference(org)) }
        /// One line.
        public var summary: String { "session acts for \(org)" }
    }
}

extension IdentityAudit {
    /// A session was ended.
    public struct SessionRevoked: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("session_revoked", .low, [.user, .session])
        /// The person.
        public let user: User.ID
        /// The session.
        public let session: Session.ID
        /// Why.
        public let reason: Session.EndReason

        /// Tells of it.
        package init(user: User.ID, session: Session.ID, reason: Session.EndReason) {
            self.user = user
            self.session = session
            self.reason = reason
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(session)) }
        /// One line.
        public var summary: String { "session ended: \(reason.rawValue)" }
        /// The facts.
        public var data: [String: JSONValue] { ["reason": .string(reason.rawValue)] }
    }
}

extension IdentityAudit {
    /// All sessions of a person were ended.
    public struct SessionsRevokedAll: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("sessions_revoked_all", .medium, [.user, .session])
        /// The person.
        public let user: User.ID
        /// The session.
        public let session: Session.ID
        /// How many were live.
        public let count: Int

        /// Tells of it.
        package init(user: User.ID, session: Session.ID, count: Int) {
            self.user = user
            self.session = session
            self.count = count
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(session)) }
        /// One line.
        public var summary: String { "\(count) sessions ended" }
        /// The facts.
        public var data: [String: JSONValue] { ["count": .integer(Int64(count))] }
    }
}

extension IdentityAudit {
    /// A token that had been replaced was presented.
    public struct RefreshReuseDetected: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("refresh_reuse_detected", .high, [.user, .session])
        /// The person.
        public let user: User.ID
        /// The session.
        public let session: Session.ID
        /// The network.
        public let client: NetworkClient

        /// Tells of it.
        package init(user: User.ID, session: Session.ID, client: NetworkClient) {
            self.user = user
            self.session = session
            self.client = client
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(session), AuditReference(client)) }
        /// One line.
        public var summary: String { "a replaced token was presented" }
    }
}
