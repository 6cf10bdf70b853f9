public import Audit
public import Core

/// An operator's help for a person who has lost every passkey and every code: asked for by one, approved by another, and carried out a day later unless the
/// person stops it (ID-136).
public struct SecondFactorReset: IdentifiedEntity, Identifiable, Sendable, Hashable {
    /// The id of a reset.
    public typealias ID = Identifier<SecondFactorReset>
    /// `mfr`
    public static let idPrefix = "mfr"
    /// So long the person can stop it.
    public static var waiting: Duration { .hours(24) }
    /// So long it can be approved (ADM-016).
    public static var approvalTime: Duration { .hours(24) }
    /// What the secret of its stop link is derived for.
    public static let linkKind = "mfa_reset_stop"

    /// Where it stands.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It waits for a second operator.
        case requested
        /// It will be carried out when its time has come.
        case approved
        /// The person, or an operator, stopped it.
        case stopped
        /// Passkeys and codes are gone.
        case completed
        /// Nobody approved it in time.
        case lapsed
    }

    /// The id.
    public let id: ID
    /// Whom it helps.
    public let user: User.ID
    /// Who asked for it.
    public let requestedBy: StaffMember.ID
    /// Who approved it.
    public var approvedBy: StaffMember.ID?
    /// When it was asked for.
    public let requestedAt: Instant
    /// When it is carried out; `nil` until it is approved.
    public var dueAt: Instant?
    /// When it was stopped.
    public var stoppedAt: Instant?
    /// When it was carried out.
    public var completedAt: Instant?

    /// Puts one together from what a store kept.
    public init(
        id: ID, user: User.ID, requestedBy: StaffMember.ID, approvedBy: StaffMember.ID?, requestedAt: Instant, dueAt: Instant?,
        stoppedAt: Instant?, completedAt: Instant?
    ) {
        self.id = id
        self.user = user
        self.requestedBy = requestedBy
        self.approvedBy = approvedBy
        self.requestedAt = requestedAt
        self.dueAt = dueAt
        self.stoppedAt = stoppedAt
        self.completedAt = completedAt
    }

    /// Where it stands at an instant.
    public func state(at now: Instant) -> State {
        if completedAt != nil { return .completed }
        if stoppedAt != nil { return .stopped }
        if dueAt != nil { return .approved }
        return now < requestedAt + Self.approvalTime ? .requested : .lapsed
    }

    /// Whether nothing more can come of it.
    public func isClosed(at now: Instant) -> Bool {
        switch state(at: now) {
        case .requested, .approved: false
        case .stopped, .completed, .lapsed: true
        }
    }
}

/// One of those who run the product, as packages below theirs know them.
public struct StaffMember: Sendable, Hashable {
    /// The kind of thing whose ids are those of operators.
    public enum Entity: IdentifiedEntity, AuditReferable {
        /// `opr`
        public static let idPrefix = "opr"
        /// `operator`
        public static let auditKind = AuditReferenceKind.operator
    }
    /// The id of an operator.
    public typealias ID = Identifier<Entity>

    /// Who.
    public let id: ID
    /// Whom an entry names.
    public let actor: AuditActor

    /// Names one.
    public init(id: ID, actor: AuditActor) {
        self.id = id
        self.actor = actor
    }
}

/// Why a reset is refused.
public enum SecondFactorResetRefusal: Error, Hashable, Sendable {
    /// There is no such account, or no such reset.
    case notFound
    /// The account is not in use, or has no passkey that could be lost.
    case nothingToReset
    /// Whoever asked cannot approve.
    case needsOther
    /// It is stopped, carried out, approved already or too old.
    case closed(SecondFactorReset.State)
}

/// Takes passkeys and codes away from people who lost them.
public protocol SecondFactorResetService: Sendable {
    /// Asks for a reset; while one is open for the person, it is that one.
    ///
    /// - Parameter isRehearsal: does all of it and takes it back.
    /// - Throws: ``SecondFactorResetRefusal``
    func request(
        for user: User.ID, because reason: String, by staff: StaffMember, rehearsing isRehearsal: Bool
    ) async throws -> SecondFactorReset

    /// Lets the day begin after which it is carried out, and mails the person the link that stops it.
    ///
    /// - Throws: ``SecondFactorResetRefusal``; to whoever asked for it, whatever the role.
    func approve(
        _ id: SecondFactorReset.ID, because reason: String, by staff: StaffMember, rehearsing isRehearsal: Bool
    ) async throws -> SecondFactorReset

    /// Stops one; twice is once.
    ///
    /// - Throws: ``SecondFactorResetRefusal``, also when it has been carried out.
    func withdraw(_ id: SecondFactorReset.ID, because reason: String, by staff: StaffMember) async throws -> SecondFactorReset

    /// The resets of a person, the newest first.
    func resets(of user: User.ID) async throws -> [SecondFactorReset]

    /// Stops one by the mailed link, once.
    ///
    /// - Throws: ``IdentityError/linkInvalid``, ``IdentityError/linkUsed``, ``IdentityError/linkExpired``.
    func stop(with token: SecretString) async throws
}

/// What a transaction can do with resets.
public protocol SecondFactorResetTransaction {
    /// Stores a new one.
    func insert(_ reset: SecondFactorReset, stopDigest: SecretDigest) async throws

    /// One, locked. The account's lock comes first.
    func lockedReset(_ id: SecondFactorReset.ID) async throws -> SecondFactorReset?

    /// Whose a reset is, without a lock.
    func owner(of id: SecondFactorReset.ID) async throws -> User.ID?

    /// The one whose stop link has a digest, without a lock.
    func reset(stoppedBy digest: SecretDigest) async throws -> SecondFactorReset?

    /// Those of a person, the newest first.
    func resets(of user: User.ID) async throws -> [SecondFactorReset]

    /// Stores what changed about one.
    func save(_ reset: SecondFactorReset) async throws
}
