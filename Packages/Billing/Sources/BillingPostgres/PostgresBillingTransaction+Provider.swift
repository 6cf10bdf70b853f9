public import Billing
public import Core
internal import Identity
public import Orgs
internal import Postgres

extension PostgresBillingTransaction {
    // MARK: Intents

    /// Stores an intent; the same object and sequence twice keeps the first and answers it.
    public func insert(_ intent: ProviderIntent) async throws -> ProviderIntent {
        let inserted = try await postgres.execute(
            """
            INSERT INTO billing.intent (id, org_id, object, op_seq, kind, command, generation, state, created_at)
            VALUES (\(intent.id), \(intent.org), \(intent.object), \(intent.operationSequence), \(intent.command.kind),
                \(PostgresJSON(intent.command)), \(Int32(intent.generation)), \(intent.state.rawValue), \(intent.createdAt))
            ON CONFLICT (object, op_seq) DO NOTHING
            """)
        if inserted == 1 { return intent }
        let rows = try await postgres.query(
            """
            SELECT \(fragment: ProviderIntent.columns) FROM billing.intent
            WHERE object = \(intent.object) AND op_seq = \(intent.operationSequence)
            """)
        guard let row = rows.first else { throw BillingStoreError.lost("intent") }
        return try ProviderIntent(row: row)
    }

    /// The newest intent about an object: one index probe.
    public func lastIntent(about object: String) async throws -> ProviderIntent? {
        try await postgres.query(
            "SELECT \(fragment: ProviderIntent.columns) FROM billing.intent WHERE object = \(object) ORDER BY op_seq DESC LIMIT 1"
        ).first.map(ProviderIntent.init(row:))
    }

    /// An intent as it is.
    public func intent(_ id: ProviderIntent.ID) async throws -> ProviderIntent? {
        try await postgres.query("SELECT \(fragment: ProviderIntent.columns) FROM billing.intent WHERE id = \(id)")
            .first.map(ProviderIntent.init(row:))
    }

    /// An intent, locked.
    public func lockedIntent(_ id: ProviderIntent.ID) async throws -> ProviderIntent? {
        try await postgres.query("SELECT \(fragment: ProviderIntent.columns) FROM billing.intent WHERE id = \(id) FOR UPDATE")
            .first.map(ProviderIntent.init(row:))
    }

    /// Takes the right to send an intent; one about an object at a time, the oldest first.
    public func claimIntent(_ id: ProviderIntent.ID, for lease: Duration, now: Instant) async throws -> IntentClaim {
        let rows = try await postgres.query(
            """
            SELECT \(fragment: ProviderIntent.columns), coalesce(lease_until > clock_timestamp(), false) AS is_held,
                EXISTS (SELECT FROM billing.intent older WHERE older.object = intent.object AND older.op_seq < intent.op_seq
                    AND older.state IN ('queued', 'in_flight', 'unknown')) AS must_wait
            FROM billing.intent WHERE id = \(id) FOR UPDATE
            """)
        guard let row = rows.first else { return .absent }
        var intent = try ProviderIntent(row: row)
        if intent.isSettled { return .settled(intent) }
        if intent.state == .inFlight, try row.decode("is_held", as: Bool.self) { return .busy(intent) }
        if try row.decode("must_wait", as: Bool.self) { return .busy(intent) }
        let mayHaveBeenSent = intent.state == .inFlight || intent.state == .unknown
        intent.state = .inFlight
        intent.attempts += 1
        intent.firstSentAt = intent.firstSentAt ?? now
        try await postgres.execute(
            """
            UPDATE billing.intent SET state = 'in_flight', attempts = attempts + 1, first_sent_at = \(intent.firstSentAt),
                lease_until = clock_timestamp() + \(lease) WHERE id = \(id)
            """)
        return .claimed(intent, mayHaveBeenSent: mayHaveBeenSent)
    }

    /// When bills of an object were asked for: the intents of one subscription, by their index.
    public func billsAsked(of object: String, since instant: Instant) async throws -> [Instant] {
        try await postgres.query(
            """
            SELECT first_sent_at FROM billing.intent
            WHERE object = \(object) AND first_sent_at > \(instant)
                AND (kind = 'create_subscription' OR kind = 'change_price' AND command::text LIKE '%"always_invoice"%')
            ORDER BY first_sent_at
            """
        ).map { try $0.decode("first_sent_at") }
    }

    /// Stores the exact request of a claimed intent; the claim stays.
    public func saveRequest(of intent: ProviderIntent) async throws {
        try await postgres.execute(
            """
            UPDATE billing.intent SET request = \(intent.request.map(PostgresJSON.init)), generation = \(Int32(intent.generation)),
                first_sent_at = \(intent.firstSentAt) WHERE id = \(intent.id)
            """)
    }

    /// Stores what changed about an intent and ends its claim.
    public func save(_ intent: ProviderIntent) async throws {
        try await postgres.execute(
            """
            UPDATE billing.intent SET state = \(intent.state.rawValue), generation = \(Int32(intent.generation)), lease_until = NULL,
                result = \(intent.result.map(PostgresJSON.init)), refusal = \(intent.refusal),
                exchanges = \(PostgresJSON(intent.exchanges)) WHERE id = \(intent.id)
            """)
    }

    /// Gives up queued intents about an object; one that may have been sent stays (BIL-055).
    public func supersedeQueuedIntents(of object: String, before sequence: Int64) async throws -> Int {
        try await postgres.execute(
            """
            UPDATE billing.intent SET state = 'superseded'
            WHERE object = \(object) AND op_seq < \(sequence) AND state = 'queued' AND attempts = 0
            """)
    }

    // MARK: Invoices

    /// Mirrors an invoice of the provider; of a paid or void one only what was credited still grows: its credit notes cannot be taken back.
    public func mirror(
        _ invoice: ProviderInvoice, org: Org.ID, subscription: Subscription.ID?, id: Invoice.ID
    ) async throws -> (invoice: Invoice, before: Invoice) {
        let inserted = try await postgres.execute(
            """
            INSERT INTO billing.invoice (id, org_id, kind, subscription_id, provider_invoice_id, currency, subtotal, total, amount_due,
                amount_paid, status, created_at)
            VALUES (\(id), \(org), 'provider', \(subscription), \(invoice.id.rawValue), \(invoice.currency.code), 0, 0, 0, 0, 'draft',
                \(invoice.created))
            ON CONFLICT (provider_invoice_id) DO NOTHING
            """)
        let before = try await mirrored(invoice.id, locking: true)
        guard before.status != .paid, before.status != .void else {
            guard let credited = invoice.amountCredited, credited > before.amountCredited else { return (before, before) }
            try await postgres.execute("UPDATE billing.invoice SET amount_credited = \(credited) WHERE id = \(before.id)")
            var grown = before
            grown.amountCredited = credited
            return (grown, before)
        }
        let status = invoice.status ?? before.status
        try await postgres.execute(
            """
            UPDATE billing.invoice SET subscription_id = coalesce(\(subscription), subscription_id), number = \(invoice.number),
                currency = \(invoice.currency.code), subtotal = \(invoice.subtotal), total = \(invoice.total),
                amount_due = \(invoice.amountDue), amount_paid = \(invoice.amountPaid), status = \(status.rawValue),
                period_start = \(invoice.period?.start), period_end = \(invoice.period?.end), due_date = \(invoice.dueDate),
                paid_at = \(invoice.paidAt ?? (status == .paid ? dateSource.now : nil)), hosted_url = \(invoice.hostedURL),
                pdf_url = \(invoice.pdfURL), amount_credited = \(invoice.amountCredited ?? before.amountCredited)
            WHERE id = \(before.id)
            """)
        if inserted == 0 { try await postgres.execute("DELETE FROM billing.invoice_line WHERE invoice_id = \(before.id)") }
        try await insertLines(invoice.lines, of: before.id, org: org)
        return (try await mirrored(invoice.id, locking: false), before)
    }

    /// Drops the mirror of a draft that the provider has no more.
    public func dropDraft(ofProvider id: ProviderID) async throws -> Org.ID? {
        try await postgres.query(
            """
            UPDATE billing.invoice SET status = 'void', number = NULL
            WHERE provider_invoice_id = \(id.rawValue) AND kind = 'provider' AND status = 'draft' RETURNING org_id
            """
        ).first?.decode("org_id")
    }

    private func mirrored(_ id: ProviderID, locking: Bool) async throws -> Invoice {
        let lock: Statement = locking ? "FOR UPDATE" : ""
        let rows = try await postgres.query(
            "SELECT \(fragment: Invoice.columns) FROM billing.invoice i WHERE i.provider_invoice_id = \(id.rawValue) \(fragment: lock)")
        guard let row = rows.first else { throw BillingStoreError.lost("invoice") }
        return try Invoice(row: row, lines: [])
    }

    private func insertLines(_ lines: [InvoiceLine], of invoice: Invoice.ID, org: Org.ID) async throws {
        guard !lines.isEmpty else { return }
        try await postgres.execute(
            """
            INSERT INTO billing.invoice_line (invoice_id, position, org_id, description, quantity, amount, period_start, period_end)
            SELECT \(invoice), position, \(org), description, quantity, amount, period_start, period_end
            FROM unnest(\(lines.map(\.description)), \(lines.map(\.quantity)), \(lines.map(\.amount)), \(lines.map(\.period?.start)),
                \(lines.map(\.period?.end))) WITH ORDINALITY AS line (description, quantity, amount, period_start, period_end, position)
            """)
    }

    // MARK: Provider events

    /// A provider event, locked.
    public func lockedEvent(_ id: InboundEvent.ID) async throws -> InboundEvent? {
        try await postgres.query("SELECT \(fragment: InboundEvent.columns) FROM billing.inbound_event WHERE id = \(id) FOR UPDATE")
            .first.map(InboundEvent.init(row:))
    }

    /// Stores what came of an event.
    public func settle(_ event: InboundEvent, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE billing.inbound_event SET state = \(event.state.rawValue), outcome = \(event.outcome?.rawValue),
                park_reason = \(event.parkReason?.rawValue), settled_at = \(now) WHERE id = \(event.id)
            """)
    }

    // MARK: Compensation

    /// Records that a sale at the provider is to be undone; `false` when that was recorded before.
    public func openCompensation(of provider: ProviderID, for subscription: Subscription, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            """
            INSERT INTO billing.compensation (provider_subscription_id, subscription_id, org_id, opened_at)
            VALUES (\(provider.rawValue), \(subscription.id), \(subscription.org), \(now))
            ON CONFLICT (provider_subscription_id) DO NOTHING
            """) == 1
    }

    /// Records that it has been undone.
    public func closeCompensation(of provider: ProviderID, at now: Instant) async throws {
        try await postgres.execute(
            """
            UPDATE billing.compensation SET closed_at = \(now)
            WHERE provider_subscription_id = \(provider.rawValue) AND closed_at IS NULL
            """)
    }
}
