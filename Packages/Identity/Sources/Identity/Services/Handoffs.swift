internal import Audit
public import Core

/// Carries a sign-in to a sister app (ID-137 to ID-140).
public protocol HandoffService: Sendable {
    /// A token of the caller's session, good for one exchange.
    ///
    /// - Throws: ``IdentityError/sessionRequired`` for a key.
    func issueToken(by principal: Principal) async throws -> HandoffOffer

    /// Swaps the token for a ticket of an app.
    ///
    /// - Throws: ``IdentityError/unknownApp``, ``IdentityError/invalidReturnURL``, ``IdentityError/handoffInvalid``, in this order.
    func exchange(_ token: SecretString, for app: String, returningTo url: String?, from client: ClientContext) async throws
        -> HandoffTicket

    /// Swaps the ticket for a session of its own.
    ///
    /// - Throws: ``IdentityError/handoffInvalid``, also when the session it came from has ended.
    func complete(_ ticket: SecretString, from client: ClientContext) async throws -> SignInOutcome
}

/// Handoffs in the store: each step is one conditional update, so that of two at once one is taken.
public struct Handoffs<Store: IdentityStore>: HandoffService {
    private static var tokenLifetime: Duration { .seconds(300) }
    private static var ticketLifetime: Duration { .seconds(30) }

    private let environment: IdentityEnvironment<Store>

    /// Makes the service.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// The secret is derived from the id, which is random.
    public func issueToken(by principal: Principal) async throws -> HandoffOffer {
        let session = try principal.requireSession()
        let now = environment.dateSource.now
        let (handoff, secret) = try await environment.store.withTransaction(.system) { transaction in
            guard let user = try await transaction.user(principal.userID) else { throw IdentityError.sessionRevoked }
            let handoff = Handoff(
                id: .make(at: now), session: session, user: user.id, epoch: user.sessionEpoch, expiresAt: now + Self.tokenLifetime)
            let secret = environment.secrets.linkSecret(of: "sso_token", handoff.id.description)
            try await transaction.insert(handoff, digest: environment.secrets.digest(of: secret), at: now)
            try await transaction.record(IdentityAudit.HandoffIssued(user: user.id, session: session), by: principal.actor)
            return (handoff, secret)
        }
        return HandoffOffer(token: secret, expiresAt: handoff.expiresAt, apps: environment.settings.apps.map(\.name))
    }

    /// What the request asks for is judged before the token is looked at, and leaves it usable.
    public func exchange(
        _ token: SecretString, for app: String, returningTo url: String?, from client: ClientContext
    ) async throws -> HandoffTicket {
        guard let app = environment.settings.apps.first(where: { $0.name == app }) else { throw IdentityError.unknownApp }
        if let url { guard app.allows(url) else { throw IdentityError.invalidReturnURL } }
        let now = environment.dateSource.now
        let ends = now + Self.ticketLifetime
        let digest = environment.secrets.digest(of: token)
        let ticket = try await environment.store.withTransaction(.system) { transaction -> SecretString? in
            let ticket = makeTicket(for: digest, at: now)
            let step = try await transaction.exchangeHandoff(
                digest, for: app.name, ticket: environment.secrets.digest(of: ticket), ticketExpiresAt: ends, at: now)
            guard case .taken(let handoff) = step else {
                try await reject(step, from: client, at: now, in: transaction)
                return nil
            }
            try await transaction.record(
                IdentityAudit.HandoffExchanged(user: handoff.user, session: handoff.session, app: app.name),
                by: .user(AuditReference(handoff.user)))
            return ticket
        }
        // What was written about the refusal has been committed.
        guard let ticket else { throw IdentityError.handoffInvalid }
        let redirect = ticket.withValue { Self.redirect(to: app, ticket: $0, returningTo: url) }
        return HandoffTicket(id: ticket, redirectURL: redirect, expiresAt: ends)
    }

    /// The new session has the methods, the time and the end of the one it comes from.
    public func complete(_ ticket: SecretString, from client: ClientContext) async throws -> SignInOutcome {
        let now = environment.dateSource.now
        let digest = environment.secrets.digest(of: ticket)
        let completed = try await environment.store.withTransaction(.system) { transaction -> (User, Session, OrgScope?)? in
            let step = try await transaction.completeHandoff(digest, at: now)
            guard case .taken(let handoff) = step else {
                try await reject(step, from: client, at: now, in: transaction)
                return nil
            }
            return try await start(from: handoff, client: client, at: now, in: transaction)
        }
        guard let (user, session, org) = completed else { throw IdentityError.handoffInvalid }
        return try environment.issueToken(for: session, user: user, org: org, at: now)
    }

    private func start(
        from handoff: Handoff, client: ClientContext, at now: Instant, in transaction: Store.Transaction
    ) async throws -> (User, Session, OrgScope?)? {
        guard let user = try await transaction.lockedUser(handoff.user), user.status == .active, user.sessionEpoch == handoff.epoch,
            let parent = try await transaction.lockedSession(handoff.session), parent.revokedAt == nil, parent.epoch == user.sessionEpoch,
            now < parent.absoluteExpiresAt
        else { return nil }
        var org: OrgScope?
        if let active = parent.activeOrg { org = try await transaction.scope(of: user.id, in: active) }
        let session = Session(
            id: .make(at: now), user: user.id, epoch: user.sessionEpoch, generation: 1, confirmedGeneration: 1, rotatedAt: now,
            activeOrg: org?.org, methods: parent.methods, authenticatedAt: parent.authenticatedAt, network: client.network.auditKey,
            clientFamily: client.family, lastActiveAt: now,
            tokenExpiresAt: min(now + environment.settings.tokenLifetime, parent.absoluteExpiresAt),
            absoluteExpiresAt: parent.absoluteExpiresAt)
        try await transaction.insert(session)
        try await transaction.setParent(parent.id, of: session.id)
        let actor = AuditActor.user(AuditReference(user.id))
        try await transaction.record(
            IdentityAudit.SessionStarted(user: user.id, session: session.id, org: org?.org, client: client.network), by: actor)
        try await transaction.record(IdentityAudit.HandoffCompleted(user: user.id, session: session.id, parent: parent.id), by: actor)
        return (user, session, org)
    }

    private func reject(
        _ step: HandoffStep, from client: ClientContext, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        var known: Handoff?
        if case .dead(let handoff) = step { known = handoff }
        try await transaction.record(
            IdentityAudit.HandoffReplayed(user: known?.user, session: known?.session, client: client.network, at: now),
            by: .anonymous(AuditReference(client.network)))
    }

    /// A UUID of version 4 whose 122 free bits nobody can guess without the product's key.
    private func makeTicket(for token: SecretDigest, at now: Instant) -> SecretString {
        let seed = environment.secrets.linkSecret(of: "sso_ticket", "\(token.bytes):\(now.microsecondsSinceEpoch)")
        var bytes = Array(environment.secrets.digest(of: seed).bytes.prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = bytes.map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 1 ? "0" + text : text
        }
        let groups = [hex[0..<4], hex[4..<6], hex[6..<8], hex[8..<10], hex[10..<16]]
        return SecretString(groups.map { $0.joined() }.joined(separator: "-"))
    }

    private static func redirect(to app: SisterApp, ticket: String, returningTo url: String?) -> String {
        let base = "\(app.origin)/auth/sso?session_id=\(ticket)"
        guard let url else { return base }
        return base + "&return_url=" + url.percentEncodedForQuery
    }
}

extension String {
    /// The text as the value of a query item: everything but unreserved characters (RFC 3986 §2.3) is written in percent.
    fileprivate var percentEncodedForQuery: String {
        utf8.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                text += hex.utf8.count == 1 ? "%0" + hex : "%" + hex
            }
        }
    }
}
