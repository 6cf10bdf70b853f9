public import Audit
public import Core
public import Identity
internal import Jobs
public import Orgs

/// What an org is owed, as it is shown: the balance by home and the newest credits with what is left of each.
public struct AccountCreditView: Sendable, Hashable {
    /// The balance.
    public let balance: AccountCreditBalance
    /// The credits of the page, newest first.
    public let credits: [RemainingCredit]
    /// Where the next page of credits begins.
    public let next: Cursor?

    /// Puts both together.
    public init(balance: AccountCreditBalance, credits: [RemainingCredit], next: Cursor?) {
        self.balance = balance
        self.credits = credits
        self.next = next
    }
}

/// Reads account credits, part of ``BillingStore``; each read takes at most two statements (BIL-153).
public protocol AccountCreditReading: Sendable {
    /// The balance and a page of credits, newest first.
    ///
    /// - Throws: ``CursorInvalid`` for a cursor that is not one of this list.
    func accountCredits(of org: Org.ID, _ currency: Currency, from cursor: Cursor?, limit: Int) async throws -> AccountCreditView

    /// A page of the ledger, newest first.
    ///
    /// - Throws: ``CursorInvalid`` for a cursor that is not one of this list.
    func accountCreditEntries(of org: Org.ID, _ currency: Currency, from cursor: Cursor?, limit: Int) async throws -> Page<
        AccountCreditEntry
    >
}

/// A cursor that is not one of the list it was given to.
public struct CursorInvalid: Error, Hashable, Sendable {
    /// Makes one.
    public init() {}
}

/// What people may do with account credits: read them (BIL-120).
public protocol AccountCreditViewing: Sendable {
    /// The balance and a page of credits; owners and admins.
    func credits(of org: Org.ID, from cursor: Cursor?, limit: Int, as principal: Principal) async throws -> AccountCreditView

    /// A page of the ledger; owners and admins.
    func entries(of org: Org.ID, from cursor: Cursor?, limit: Int, as principal: Principal) async throws -> Page<AccountCreditEntry>
}

/// Grants, withdraws and shows account credits. Granting and withdrawing is for operators: their routes call it with their actor.
public struct AccountCreditService<Store: BillingStore>: AccountCreditViewing {
    let store: Store
    let writer: AccountCreditWriter<Store.Transaction>
    let authorizer: any OrgAuthorizer
    let dateSource: any DateSource

    // MARK: For operators

    /// Grants a credit; the same key again answers the first one (BIL-113).
    ///
    /// - Throws: ``MoneyRefusal`` when the wish is no credit in the currency of the customer, or its key was used for another.
    @discardableResult
    public func issue(_ wish: IssueAccountCredit, by actor: AuditActor) async throws -> AccountCredit {
        try await store.withTransaction(.system) { try await writer.issue(wish, by: actor, in: $0) }
    }

    /// Withdraws what is left of a credit (BIL-119); what is at the provider is brought back first, then withdrawn.
    ///
    /// - Returns: how much was withdrawn now.
    @discardableResult
    public func revoke(_ id: AccountCredit.ID, because reason: String, by actor: AuditActor) async throws -> Int64 {
        try await end(id, as: .revoke, because: reason, key: "revoke:\(id)", by: actor)
    }

    /// Writes down that what is left of a credit in our own ledger was paid out as money, under the reference of that payment.
    ///
    /// - Returns: how much was paid out now; nothing when it was noted before.
    @discardableResult
    public func payOut(_ id: AccountCredit.ID, reference: String, by actor: AuditActor) async throws -> Int64 {
        try await end(id, as: .payout, because: reference, key: "payout:\(id)", by: actor)
    }

    private func end(
        _ id: AccountCredit.ID, as kind: AccountCreditEntry.Kind, because reason: String, key: String, by actor: AuditActor
    ) async throws -> Int64 {
        guard (1...500).contains(reason.count) else { throw MoneyRefusal.reasonRequired }
        return try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.credit(id)?.credit.org else { throw MoneyRefusal.notFound }
            _ = try await transaction.lockCustomer(of: org, currency: writer.currency, now: dateSource.now)
            guard let remaining = try await transaction.credit(id) else { throw MoneyRefusal.notFound }
            let isMoving = try await transaction.intents(about: AccountCreditMover<Store.Transaction>.object(id)).isOpen
            if !isMoving {
                try await writer.end(remaining, as: kind, because: reason, key: "\(key):\(remaining.local)", by: actor, in: transaction)
            }
            if kind == .revoke, isMoving || remaining.provider > 0 {
                try await transaction.enqueue(
                    WithdrawAccountCredit(credit: id, reason: reason), JobOptions(uniqueKey: "\(id):revoked", org: org.uuid))
            }
            return isMoving ? 0 : remaining.local
        }
    }

    // MARK: For owners and admins

    /// The balance and a page of credits.
    public func credits(of org: Org.ID, from cursor: Cursor?, limit: Int, as principal: Principal) async throws -> AccountCreditView {
        _ = try authorizer.adminScope(for: principal, in: org)
        return try await store.accountCredits(of: org, writer.currency, from: cursor, limit: limit)
    }

    /// A page of the ledger.
    public func entries(of org: Org.ID, from cursor: Cursor?, limit: Int, as principal: Principal) async throws -> Page<AccountCreditEntry>
    {
        _ = try authorizer.adminScope(for: principal, in: org)
        return try await store.accountCreditEntries(of: org, writer.currency, from: cursor, limit: limit)
    }
}
