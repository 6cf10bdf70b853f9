internal import Billing
internal import Core
internal import Orgs
internal import Postgres

extension AccountCredit {
    static let columns: Statement = """
        c.id AS credit_id, c.org_id, c.currency, c.amount, c.source, c.reason, c.subscription_id, c.invoice_id, c.issued_by, c.expires_at,
        c.idempotency_key, c.created_at
        """

    init(row: Row) throws {
        self.init(
            id: try row.decode("credit_id"), org: try row.decode("org_id"),
            amount: Money(minorUnits: try row.decode("amount"), currency: try row.currency("currency")), source: try row.word("source"),
            reason: try row.decode("reason"), subscription: try row.decode("subscription_id"), invoice: try row.decode("invoice_id"),
            issuedBy: try row.decode("issued_by"), expiresAt: try row.decode("expires_at"), key: try row.decode("idempotency_key"),
            createdAt: try row.decode("created_at"))
    }
}

extension RemainingCredit {
    static let columns: Statement = "newest.local_remaining_after, newest.provider_remaining_after"
    static let join: Statement = """
        CROSS JOIN LATERAL (SELECT e.local_remaining_after, e.provider_remaining_after, e.remaining_after
            FROM billing.account_credit_entry e WHERE e.org_id = c.org_id AND e.credit_id = c.id ORDER BY e.seq DESC LIMIT 1) newest
        """

    init(row: Row) throws {
        self.init(
            credit: try AccountCredit(row: row), local: try row.decode("local_remaining_after"),
            provider: try row.decode("provider_remaining_after"))
    }
}

extension AccountCreditEntry {
    static let columns: Statement = """
        e.id, e.org_id, e.credit_id, e.currency, e.seq, e.kind, e.home, e.amount, e.balance_after, e.remaining_after, e.invoice_id,
        e.provider_transaction_id, e.reason, e.actor, e.created_at
        """

    init(row: Row) throws {
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"), credit: try row.decode("credit_id"), sequence: try row.decode("seq"),
            kind: try row.word("kind"), home: try row.word("home"),
            amount: Money(minorUnits: try row.decode("amount"), currency: try row.currency("currency")),
            balanceAfter: try row.decode("balance_after"), remainingAfter: try row.decode("remaining_after"),
            invoice: try row.decode("invoice_id"), providerTransaction: try row.providerID("provider_transaction_id"),
            reason: try row.decode("reason"), actor: try row.decode("actor"), createdAt: try row.decode("created_at"))
    }
}
