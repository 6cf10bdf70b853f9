internal import Audit
public import Core
internal import Jobs

/// Resets of second factors in the store. Whoever changes one holds the account's lock, so that of an approval, a stop and the act itself at one instant one
/// comes first and the others see it.
public struct SecondFactorResets<Store: IdentityStore>: SecondFactorResetService {
    private let environment: IdentityEnvironment<Store>

    /// Makes the service.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// An entry says who asked, and why.
    public func request(
        for user: User.ID, because reason: String, by staff: StaffMember, rehearsing isRehearsal: Bool
    ) async throws -> SecondFactorReset {
        let now = environment.dateSource.now
        return try await environment.rehearsing(isRehearsal) { transaction in
            guard let person = try await transaction.lockedUser(user) else { throw SecondFactorResetRefusal.notFound }
            if let open = try await transaction.resets(of: user).first(where: { !$0.isClosed(at: now) }) { return open }
            guard person.status == .active, try await !transaction.passkeys(of: user).isEmpty else {
                throw SecondFactorResetRefusal.nothingToReset
            }
            let reset = SecondFactorReset(
                id: .make(at: now), user: user, requestedBy: staff.id, approvedBy: nil, requestedAt: now, dueAt: nil, stoppedAt: nil,
                completedAt: nil)
            try await transaction.insert(reset, stopDigest: environment.secrets.digest(of: stopSecret(of: reset.id)))
            try await note(reset, .requested, because: reason, by: staff.actor, in: transaction)
            try await transaction.publish(SecondFactorResetRequested(reset, because: reason))
            return reset
        }
    }

    /// The mail and the job are of the transaction in which the day begins.
    public func approve(
        _ id: SecondFactorReset.ID, because reason: String, by staff: StaffMember, rehearsing isRehearsal: Bool
    ) async throws -> SecondFactorReset {
        let now = environment.dateSource.now
        return try await environment.rehearsing(isRehearsal) { transaction in
            var (user, reset) = try await locked(id, in: transaction)
            guard reset.requestedBy != staff.id else { throw SecondFactorResetRefusal.needsOther }
            let state = reset.state(at: now)
            // A repeat by the same person finds what it did.
            if state == .approved, reset.approvedBy == staff.id { return reset }
            guard state == .requested else { throw SecondFactorResetRefusal.closed(state) }
            let dueAt = now + SecondFactorReset.waiting
            reset.approvedBy = staff.id
            reset.dueAt = dueAt
            try await transaction.save(reset)
            try await note(reset, .approved, because: reason, by: staff.actor, in: transaction)
            try await transaction.publish(SecondFactorResetScheduled(reset: reset.id, user: user, dueAt: dueAt))
            try await transaction.publish(SecondFactorResetApproved(reset, by: staff.id, because: reason, dueAt: dueAt))
            try await transaction.enqueue(ResetSecondFactor(reset: id), .init(runAt: dueAt, uniqueKey: id.description))
            return reset
        }
    }

    /// Nothing is mailed: nothing has changed for the person.
    public func withdraw(_ id: SecondFactorReset.ID, because reason: String, by staff: StaffMember) async throws -> SecondFactorReset {
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.system) { transaction in
            let (_, reset) = try await locked(id, in: transaction)
            switch reset.state(at: now) {
            case .stopped: return reset
            case .completed, .lapsed: throw SecondFactorResetRefusal.closed(reset.state(at: now))
            case .requested, .approved:
                return try await stop(reset, because: reason, by: staff.actor, at: now, in: transaction)
            }
        }
    }

    /// Reads only.
    public func resets(of user: User.ID) async throws -> [SecondFactorReset] {
        try await environment.store.withTransaction(.system) { transaction in
            guard try await transaction.user(user) != nil else { throw SecondFactorResetRefusal.notFound }
            return try await transaction.resets(of: user)
        }
    }

    /// At exactly the end of the day it is too late, as the act is due then.
    public func stop(with token: SecretString) async throws {
        let now = environment.dateSource.now
        let digest = environment.secrets.digest(of: token)
        try await environment.store.withTransaction(.system) { transaction in
            guard let found = try await transaction.reset(stoppedBy: digest), try await transaction.lockedUser(found.user) != nil,
                let reset = try await transaction.lockedReset(found.id)
            else { throw IdentityError.linkInvalid }
            switch reset.state(at: now) {
            // The link is mailed with the approval.
            case .requested, .lapsed: throw IdentityError.linkInvalid
            case .stopped: throw IdentityError.linkUsed
            case .completed: throw IdentityError.linkExpired
            case .approved:
                guard let dueAt = reset.dueAt, now < dueAt else { throw IdentityError.linkExpired }
                _ = try await stop(reset, because: "the person stopped it", by: .user(AuditReference(reset.user)), at: now, in: transaction)
            }
        }
    }

    private func stop(
        _ reset: SecondFactorReset, because reason: String, by actor: AuditActor, at now: Instant, in transaction: Store.Transaction
    ) async throws -> SecondFactorReset {
        var reset = reset
        reset.stoppedAt = now
        try await transaction.save(reset)
        try await transaction.cancelJob(ResetSecondFactor.self, uniqueKey: reset.id.description)
        try await note(reset, .stopped, because: reason, by: actor, in: transaction)
        return reset
    }

    private func locked(
        _ id: SecondFactorReset.ID, in transaction: Store.Transaction
    ) async throws -> (User, SecondFactorReset) {
        guard let owner = try await transaction.owner(of: id), let user = try await transaction.lockedUser(owner),
            let reset = try await transaction.lockedReset(id)
        else { throw SecondFactorResetRefusal.notFound }
        return (user, reset)
    }

    private func note(
        _ reset: SecondFactorReset, _ step: SecondFactorReset.State, because reason: String, by actor: AuditActor,
        in transaction: Store.Transaction
    ) async throws {
        try await transaction.record(
            IdentityAudit.UserMFAReset(user: reset.user, reset: reset.id, step: step, reason: reason, removed: nil), by: actor)
    }

    private func stopSecret(of id: SecondFactorReset.ID) -> SecretString {
        environment.secrets.linkSecret(of: SecondFactorReset.linkKind, id.description)
    }
}

extension IdentityEnvironment {
    /// A transaction that is taken back at its end when it is a rehearsal: every check is made, every statement runs, and nothing is there afterwards (ID-149).
    func rehearsing<Result: Sendable>(
        _ isRehearsal: Bool, _ body: (Store.Transaction) async throws -> Result
    ) async throws -> Result {
        do {
            return try await store.withTransaction(.system) { transaction in
                let result = try await body(transaction)
                if isRehearsal { throw Rehearsed(result: result) }
                return result
            }
        } catch let rehearsed as Rehearsed<Result> {
            return rehearsed.result
        }
    }
}

/// Takes a rehearsal back.
private struct Rehearsed<Result: Sendable>: Error {
    let result: Result
}
