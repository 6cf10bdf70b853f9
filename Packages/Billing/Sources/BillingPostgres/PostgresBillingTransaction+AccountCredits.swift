public import Billing
public import Core
public import Orgs
internal import Postgres

extension PostgresBillingTransaction {
    /// Stores a credit; the same key keeps the first.
    public func insert(_ credit: AccountCredit) async throws -> AccountCredit {
        let made = try await postgres.execute(
            """
            INSERT INTO billing.account_credit (id, org_id, currency, amount, source, reason, subscription_id, invoice_id, issued_by, expires_at,
                idempotency_key, created_at)
            VALUES (\(credit.id), \(credit.org), \(credit.amount.currency.code), \(credit.amount.minorUnits), \(credit.source.rawValue),
                \(credit.reason), \(credit.subscription), \(credit.invoice), \(credit.issuedBy), \(credit.expiresAt), \(credit.key),
                \(credit.createdAt))
            ON CONFLICT ON CONSTRAINT account_credit_once DO NOTHING
            """)
        if made == 1 { return credit }
        let rows = try await postgres.query(
            """
            SELECT \(fragment: AccountCredit.columns) FROM billing.account_credit c WHERE c.org_id = \(credit.org) AND c.idempotency_key = \(credit.key)
            """)
        guard let row = rows.first else { throw BillingStoreError.lost("credit") }
        return try AccountCredit(row: row)
    }

    /// A credit and what is left of it.
    public func credit(_ id: AccountCredit.ID) async throws -> RemainingCredit? {
        try await postgres.query(
            """
            SELECT \(fragment: AccountCredit.columns), \(fragment: RemainingCredit.columns) FROM billing.account_credit c
            \(fragment: RemainingCredit.join) WHERE c.id = \(id)
            """
        ).first.map(RemainingCredit.init(row:))
    }

    /// What is left, soonest expiry first, then oldest.
    public func remainingCredits(of org: Org.ID, _ currency: Currency) async throws -> [RemainingCredit] {
        try await postgres.query(
            """
            SELECT \(fragment: AccountCredit.columns), \(fragment: RemainingCredit.columns) FROM billing.account_credit c
            \(fragment: RemainingCredit.join) WHERE c.org_id = \(org) AND c.currency = \(currency.code) AND newest.remaining_after > 0
            ORDER BY c.expires_at NULLS LAST, c.created_at, c.id
            """
        ).map(RemainingCredit.init(row:))
    }

    /// Posts an entry; the database numbers and sums it, and refuses what goes below zero.
    public func post(_ posting: AccountCreditPosting, at now: Instant) async throws -> (entry: AccountCreditEntry, isNew: Bool) {
        let credit = posting.credit
        let known = try await entry(of: credit.org, key: posting.key)
        if let known { return (known, false) }
        try await postgres.execute(
            """
            INSERT INTO billing.account_credit_entry (id, org_id, credit_id, currency, seq, kind, home, amount, local_balance_after,
                provider_balance_after, local_remaining_after, provider_remaining_after, move_id, invoice_id, provider_transaction_id, reason,
                actor, idempotency_key, created_at)
            VALUES (\(AccountCreditEntry.ID.make(at: now)), \(credit.org), \(credit.id), \(credit.amount.currency.code), 1,
                \(posting.kind.rawValue), \(posting.home.rawValue), \(posting.amount), 0, 0, 0, 0, \(posting.move), \(posting.invoice),
                \(posting.providerTransaction?.rawValue), \(posting.reason), \(posting.actor), \(posting.key), \(now))
            """)
        guard let entry = try await entry(of: credit.org, key: posting.key) else { throw BillingStoreError.lost("credit entry") }
        return (entry, true)
    }

    private func entry(of org: Org.ID, key: String) async throws -> AccountCreditEntry? {
        try await postgres.query(
            """
            SELECT \(fragment: AccountCreditEntry.columns) FROM billing.account_credit_entry e
            WHERE e.org_id = \(org) AND e.idempotency_key = \(key)
            """
        ).first.map(AccountCreditEntry.init(row:))
    }

    /// What an invoice consumed and did not give back yet.
    public func consumption(
        by invoice: Invoice.ID, org: Org.ID
    ) async throws -> [(credit: RemainingCredit, home: CreditHome, amount: Int64)] {
        let rows = try await postgres.query(
            """
            SELECT credit_id, home, (-sum(amount))::bigint AS consumed FROM billing.account_credit_entry
            WHERE org_id = \(org) AND invoice_id = \(invoice) AND kind IN ('apply', 'restore')
            GROUP BY credit_id, home ORDER BY min(seq)
            """)
        var found: [(credit: RemainingCredit, home: CreditHome, amount: Int64)] = []
        for row in rows {
            guard let credit = try await credit(try row.decode("credit_id")) else { throw BillingStoreError.lost("credit") }
            found.append((credit, try row.word("home"), try row.decode("consumed")))
        }
        return found
    }

    /// The number of the newest intent about an object, whether any about it is not settled, and whether a credit note was ever asked for it.
    public func intents(about object: String) async throws -> (last: Int64, isOpen: Bool, isNoted: Bool) {
        let row = try await postgres.query(
            """
            SELECT coalesce(max(op_seq), 0)::bigint AS last, coalesce(bool_or(state IN ('queued', 'in_flight', 'unknown')), false) AS is_open,
                coalesce(bool_or(kind = 'issue_credit_note'), false) AS is_noted
            FROM billing.intent WHERE object = \(object)
            """
        ).first
        guard let row else { throw BillingStoreError.lost("intents") }
        return (try row.decode("last"), try row.decode("is_open"), try row.decode("is_noted"))
    }

    /// A paid invoice of the provider, and what a credit note can still take off it; `nil` for every other invoice.
    public func creditable(_ invoice: Invoice.ID) async throws -> (id: ProviderID, amount: Int64)? {
        try await postgres.query(
            """
            SELECT provider_invoice_id, greatest(0, least(total, amount_paid) - amount_credited) AS room FROM billing.invoice
            WHERE id = \(invoice) AND status = 'paid' AND provider_invoice_id IS NOT NULL
            """
        ).first.map { (ProviderID(try $0.decode("provider_invoice_id")), try $0.decode("room")) }
    }

    /// Whether a change of the provider's balance stands in the ledger.
    public func hasCreditEntry(for transaction: ProviderID, org: Org.ID) async throws -> Bool {
        try await !postgres.query(
            """
            SELECT 1 AS one FROM billing.account_credit_entry WHERE org_id = \(org) AND provider_transaction_id = \(transaction.rawValue)
            LIMIT 1
            """
        ).isEmpty
    }

    /// Our invoice of the provider's one.
    public func invoice(ofProvider id: ProviderID) async throws -> Invoice.ID? {
        try await postgres.query("SELECT id FROM billing.invoice WHERE provider_invoice_id = \(id.rawValue)").first?.decode("id")
    }

    /// Whether an org was ever owed something in a currency.
    public func hasAccountCredits(_ org: Org.ID, _ currency: Currency) async throws -> Bool {
        try await !postgres.query(
            "SELECT 1 AS one FROM billing.account_credit WHERE org_id = \(org) AND currency = \(currency.code) LIMIT 1"
        ).isEmpty
    }

    /// By which change of the provider's balance each credit of an org came there.
    public func creditArrivals(of org: Org.ID, _ currency: Currency) async throws -> [ProviderID: AccountCredit.ID] {
        let rows = try await postgres.query(
            """
            SELECT provider_transaction_id, credit_id FROM billing.account_credit_entry
            WHERE org_id = \(org) AND currency = \(currency.code) AND kind = 'move_in' AND home = 'provider'
                AND provider_transaction_id IS NOT NULL
            """)
        var arrivals: [ProviderID: AccountCredit.ID] = [:]
        for row in rows { arrivals[ProviderID(try row.decode("provider_transaction_id"))] = try row.decode("credit_id") }
        return arrivals
    }

    /// What an invoice brought its payer as account credit instead of money, less what was withdrawn of it.
    public func credited(for invoice: Invoice.ID, org: Org.ID) async throws -> Int64 {
        let row = try await postgres.query(
            """
            SELECT coalesce(sum(c.amount + (SELECT coalesce(sum(e.amount), 0) FROM billing.account_credit_entry e
                WHERE e.org_id = c.org_id AND e.credit_id = c.id AND e.kind = 'revoke')), 0)::bigint AS credited
            FROM billing.account_credit c WHERE c.org_id = \(org) AND c.invoice_id = \(invoice)
                AND c.source IN ('unused_time', 'refund_to_credit', 'provisioning_failure')
            """
        ).first
        guard let row else { throw BillingStoreError.lost("credits of an invoice") }
        return try row.decode("credited")
    }

    /// What an org is owed: the sums of its newest entry.
    public func creditBalance(of org: Org.ID, _ currency: Currency) async throws -> AccountCreditBalance {
        let row = try await postgres.query(
            """
            SELECT local_balance_after, provider_balance_after FROM billing.account_credit_entry
            WHERE org_id = \(org) AND currency = \(currency.code) ORDER BY seq DESC LIMIT 1
            """
        ).first
        return AccountCreditBalance(
            currency: currency, local: try row?.decode("local_balance_after") ?? 0, provider: try row?.decode("provider_balance_after") ?? 0
        )
    }
}
