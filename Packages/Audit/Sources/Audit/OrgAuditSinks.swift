public import Core
public import FoundationEssentials

/// Who may do what with the sinks of an org.
public struct AuditSinkAuthority: Sendable {
    /// The org.
    public let org: UUID
    /// The person.
    public let person: UUID
    /// As whom the person is taken down.
    public let actor: AuditActor

    /// Names them.
    public init(org: UUID, person: UUID, actor: AuditActor) {
        self.org = org
        self.person = person
        self.actor = actor
    }
}

/// What an owner wants to make: where entries of the org go to as they come.
public struct AuditSinkDraft: Sendable {
    /// `https://…` or `syslog+tls://…`.
    public var target: String
    /// What the entries are about; empty for everything.
    public var classes: Set<AuditClass>
    /// How much they matter at least.
    public var minimumRisk: AuditRisk
    /// A token that the receiver wants; for `https` only.
    public var bearer: SecretString?

    /// Says it.
    public init(target: String, classes: Set<AuditClass> = [], minimumRisk: AuditRisk = .low, bearer: SecretString? = nil) {
        self.target = target
        self.classes = classes
        self.minimumRisk = minimumRisk
        self.bearer = bearer
    }
}

/// Why something about the sinks of an org was refused.
public enum AuditSinkRefusal: Error, Hashable, Sendable {
    /// The org has no such sink.
    case notFound
    /// The org has as many as it may.
    case tooMany(maximum: Int)
    /// Nothing may be sent there.
    case destination(reason: String)
    /// It leads to this network and not to the open one (SEC-083).
    case innerDestination
    /// A token was given for a receiver of syslog, which reads none.
    case bearerUnused
}

/// Looks at where sinks of orgs may lead, and makes what their requests are proved with.
public protocol AuditSinkPreparing: Sendable {
    /// By what way entries go to a target, and the secret that signs what is posted, which is shown once and stored sealed.
    ///
    /// - Throws: ``AuditSinkRefusal`` when nothing may be sent there.
    func prepare(
        _ draft: AuditSinkDraft, for sink: AuditSink.ID
    ) throws -> (kind: AuditSink.Kind, secret: SecretString?, sealed: String?)
}

/// The sinks of orgs, by their owners (AUD-085).
public protocol OrgAuditSinks: Sendable {
    /// Those of an org, the oldest first.
    func sinks(ofOrg org: UUID) async throws -> [AuditSink]
    /// Adds a sink, which gets the org's chain from its beginning. Its secret is in the answer and never again.
    ///
    /// - Throws: ``AuditSinkRefusal``.
    func add(_ draft: AuditSinkDraft, by authority: AuditSinkAuthority) async throws -> (sink: AuditSink, secret: SecretString?)
    /// Stops a sink; one that is stopped stays so.
    ///
    /// - Throws: ``AuditSinkRefusal/notFound``.
    func pause(_ id: AuditSink.ID, by authority: AuditSinkAuthority) async throws -> AuditSink
    /// Lets a sink go on at once, where it stopped or behind an earlier place of the org's chain: what lies behind that goes once more.
    ///
    /// - Parameter position: the last place that the receiver has, 0 for one that has nothing; `nil` for where it stopped.
    /// - Throws: ``AuditSinkRefusal/notFound``.
    func resume(_ id: AuditSink.ID, after position: Int64?, by authority: AuditSinkAuthority) async throws -> AuditSink
    /// Removes a sink and what it was proved with.
    ///
    /// - Throws: ``AuditSinkRefusal/notFound``.
    func remove(_ id: AuditSink.ID, by authority: AuditSinkAuthority) async throws
}

extension AuditSink {
    /// How many an org may have.
    public static let maximumPerOrg = 5
}
