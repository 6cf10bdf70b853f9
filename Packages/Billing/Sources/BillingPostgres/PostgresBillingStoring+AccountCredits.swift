public import Billing
public import Core
public import Orgs
internal import Postgres

extension PostgresBillingStoring {
    /// The balance and a page of credits, newest first: two statements whatever the number of rows (BIL-153).
    public func accountCredits(
        of org: Org.ID, _ currency: Currency, from cursor: Cursor?, limit: Int
    ) async throws -> AccountCreditView {
        var filter: Statement = "c.org_id = \(org)"
        if let place = try cursor.map(CreditPlace.init(_:)) { filter += " AND (c.created_at, c.id) < (\(place.at), \(place.id))" }
        let results = try await client.pipeline(
            [
                """
                SELECT local_balance_after, provider_balance_after FROM billing.account_credit_entry
                WHERE org_id = \(org) AND currency = \(currency.code) ORDER BY seq DESC LIMIT 1
                """,
                """
                SELECT \(fragment: AccountCredit.columns), \(fragment: RemainingCredit.columns) FROM billing.account_credit c
                \(fragment: RemainingCredit.join) WHERE \(fragment: filter) ORDER BY c.created_at DESC, c.id DESC LIMIT \(Int64(limit + 1))
                """,
            ], scope: .org(org.uuid))
        guard results.count == 2 else { throw BillingStoreError.lost("account credits") }
        let balance = AccountCreditBalance(
            currency: currency, local: try results[0].first?.decode("local_balance_after") ?? 0,
            provider: try results[0].first?.decode("provider_balance_after") ?? 0)
        let found = try results[1].map(RemainingCredit.init(row:))
        let credits = Array(found.prefix(limit))
        let next = found.count > limit ? credits.last.map { CreditPlace(at: $0.credit.createdAt, id: $0.credit.id).cursor } : nil
        return AccountCreditView(balance: balance, credits: credits, next: next ?? nil)
    }

    /// A page of the ledger, newest first.
    public func accountCreditEntries(
        of org: Org.ID, _ currency: Currency, from cursor: Cursor?, limit: Int
    ) async throws -> Page<AccountCreditEntry> {
        var before = Int64.max
        if let cursor {
            guard let number = Int64(cursor.description), number > 0 else { throw CursorInvalid() }
            before = number
        }
        let found = try await client.query(
            """
            SELECT \(fragment: AccountCreditEntry.columns) FROM billing.account_credit_entry e
            WHERE e.org_id = \(org) AND e.currency = \(currency.code) AND e.seq < \(before) ORDER BY e.seq DESC LIMIT \(Int64(limit + 1))
            """, scope: .org(org.uuid)
        ).map(AccountCreditEntry.init(row:))
        let page = Array(found.prefix(limit))
        return Page(elements: page, next: found.count > limit ? page.last.flatMap { Cursor(String($0.sequence)) } : nil)
    }
}

/// Where a page of credits ends.
private struct CreditPlace {
    let at: Instant
    let id: AccountCredit.ID

    init(at: Instant, id: AccountCredit.ID) {
        self.at = at
        self.id = id
    }

    init(_ cursor: Cursor) throws {
        let parts = cursor.description.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let microseconds = Int64(parts[0]), let id = AccountCredit.ID(String(parts[1])) else {
            throw CursorInvalid()
        }
        at = Instant(microsecondsSinceEpoch: microseconds)
        self.id = id
    }

    var cursor: Cursor? { Cursor("\(at.microsecondsSinceEpoch).\(id)") }
}
