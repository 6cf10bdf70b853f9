public import Audit
public import Core

extension IdentityAudit {
    /// The rows of the catalogue that came with the protection of sessions and sign-ins.
    public static let sessionTypes: [AuditEventType] = [
        ForeignBearerPresented.type, NewClientSignIn.type, RegistrationAttempted.type,
    ]

    /// A secret that is no access token was presented as one.
    public struct ForeignBearerPresented: AuditEvent {
        /// What the secret looks like.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// An API key.
            case apiKey = "api_key"
            /// The secret of a link, a handoff or a second step: those have one form.
            case singleUse = "single_use_token"
        }

        /// The row of the catalogue.
        public static let type = IdentityAudit.type("non_access_token_as_bearer", .high, [.networkClient])
        /// What was presented.
        public let kind: Kind
        /// The network.
        public let client: NetworkClient
        /// When.
        public let at: Instant

        /// Tells of it.
        package init(kind: Kind, client: NetworkClient, at: Instant) {
            self.kind = kind
            self.client = client
            self.at = at
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(client)) }
        /// One line.
        public var summary: String { "\(kind.rawValue) presented as bearer" }
        /// The facts.
        public var data: [String: JSONValue] { ["kind": .string(kind.rawValue)] }
        /// Once for a network, a kind and an hour: a program that is set up wrongly asks often.
        public var deduplicationKey: String? {
            "non_access_token_as_bearer:\(client.auditKey):\(kind.rawValue):\(at.secondsSinceEpoch / 3_600)"
        }
    }

    /// A person signed in from where it was not seen for long.
    public struct NewClientSignIn: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("new_client_sign_in", .medium, [.user, .networkClient])
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
        public var summary: String { "signed in from a client not seen for 90 days" }
    }

    /// Somebody tried to register an address that has an account.
    public struct RegistrationAttempted: AuditEvent {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("registration_attempted", .medium, [.user])
        /// The person who has the address.
        public let user: User.ID
        /// The network that tried.
        public let client: NetworkClient

        /// Tells of it.
        package init(user: User.ID, client: NetworkClient) {
            self.user = user
            self.client = client
        }

        /// What it is about.
        public var references: AuditReferences { AuditReferences(AuditReference(user), AuditReference(client)) }
        /// One line.
        public var summary: String { "the address was tried to register again" }
    }
}
