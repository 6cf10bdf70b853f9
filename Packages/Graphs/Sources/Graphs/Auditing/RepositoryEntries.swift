public import Audit
internal import Billing
public import Core
internal import Identity
internal import Orgs

extension RepositoryGrant: AuditReferable {
    /// `repository_grant`
    public static var auditKind: AuditReferenceKind { .repositoryGrant }
}

/// What the entries about a way into a repository have in common (AUD-124).
public protocol RepositoryGrantEntry: AuditEvent {
    /// The grant as it is now.
    var grant: RepositoryGrant { get }
}

extension RepositoryGrantEntry {
    /// The grant, the person, who pays, and what pays.
    public var references: AuditReferences {
        AuditReferences(
            AuditReference(grant.id), AuditReference(grant.user), AuditReference(grant.org), AuditReference(grant.subscription))
    }
    /// One line.
    public var summary: String { "repository \(grant.repository): \(grant.state.rawValue)" }
    /// Which repository, and what for.
    public var data: [String: JSONValue] {
        var data: [String: JSONValue] = [
            "repository": .string(grant.repository.description), "plan": .string(grant.plan), "access": .string(grant.access.rawValue),
            "cause": .string(grant.cause.rawValue),
        ]
        data["expires_at"] = grant.expiresAt.map { .string($0.description) }
        return data
    }
}

/// The entries about ways into repositories.
public enum RepositoryAccessEntry {
    static func type(_ name: String) -> AuditEventType {
        AuditEventType(name, risk: .medium, class: .graph, component: "graphs", requires: [.repositoryGrant, .user])
    }

    /// A seat opens a repository.
    public struct Granted: RepositoryGrantEntry {
        /// The row of the catalogue.
        public static let type = RepositoryAccessEntry.type("repository_access_granted")
        /// The grant.
        public let grant: RepositoryGrant
        /// Records it.
        package init(_ grant: RepositoryGrant) { self.grant = grant }
    }

    /// A seat opens nothing for the time being.
    public struct Suspended: RepositoryGrantEntry {
        /// The row of the catalogue.
        public static let type = RepositoryAccessEntry.type("repository_access_suspended")
        /// The grant.
        public let grant: RepositoryGrant
        /// Records it.
        package init(_ grant: RepositoryGrant) { self.grant = grant }
    }

    /// A seat opens its repository again.
    public struct Restored: RepositoryGrantEntry {
        /// The row of the catalogue.
        public static let type = RepositoryAccessEntry.type("repository_access_restored")
        /// The grant.
        public let grant: RepositoryGrant
        /// Records it.
        package init(_ grant: RepositoryGrant) { self.grant = grant }
    }

    /// A seat is over.
    public struct Revoked: RepositoryGrantEntry {
        /// The row of the catalogue.
        public static let type = RepositoryAccessEntry.type("repository_access_revoked")
        /// The grant.
        public let grant: RepositoryGrant
        /// Records it.
        package init(_ grant: RepositoryGrant) { self.grant = grant }
    }

    /// Their rows of the catalogue.
    public static let types = [Granted.type, Suspended.type, Restored.type, Revoked.type]
}
