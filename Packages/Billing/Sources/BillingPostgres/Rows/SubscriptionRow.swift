internal import Billing
internal import Core
internal import Identity
internal import Orgs
internal import Postgres

extension Subscription {
    /// The columns that ``init(row:)`` reads.
    static let columns: Statement = """
        s.id, s.org_id, s.resource_type, s.resource_id, s.subscriber_id, s.requested_by, s.plan_key, s.plan_version, s.interval,
        s.configuration, s.backing_kind, s.backing_detail, s.provider_subscription_id, s.provider_item_id, s.provider_price_id, s.status,
        s.provider_sync, s.trial_end, s.started_at, s.period_start, s.period_end, s.canceled_at, s.ends_at, s.closed_at,
        s.cancellation_type, s.cancellation_origin, s.cancellation_reason, s.grace_deadline, s.final_deadline, s.lease_holder,
        s.lease_until, s.lease_fence, s.op_seq, s.read_number, s.failure, s.operation_id, s.supersedes, s.created_at, s.updated_at,
        s.collection_paused, s.conversion, s.version
        """

    init(row: Row) throws {
        guard let key = PlanKey(try row.decode("plan_key", as: String.self)) else { throw row["plan_key"].failure("is no plan") }
        let resource = try row.decode("resource_id", as: String?.self).flatMap(ResourceID.init)
        self.init(
            id: try row.decode("id"), org: try row.decode("org_id"),
            resourceType: try row.word("resource_type"), resource: resource, subscriber: try row.decode("subscriber_id"),
            requestedBy: try row.decode("requested_by"),
            plan: PlanReference(key: key, version: Int(try row.decode("plan_version", as: Int32.self))), interval: try row.word("interval"),
            configuration: try row.decode("configuration"), supersedes: try row.decode("supersedes"), at: try row.decode("created_at"))
        if let kind = try row.decode("backing_kind", as: String?.self) {
            backing = Backing(kind: kind, detail: try row.decode("backing_detail"))
        }
        if let provider = try row.providerID("provider_subscription_id") {
            providerLink = ProviderLink(
                subscription: provider, item: try row.providerID("provider_item_id"), price: try row.providerID("provider_price_id"))
        }
        status = try row.word("status")
        providerSync = try row.word("provider_sync")
        try readTimes(row)
        if let mode = try row.optionalWord("cancellation_type", as: Cancellation.Mode.self) {
            cancellation = Cancellation(
                mode: mode, origin: try row.word("cancellation_origin"), reason: try row.decode("cancellation_reason"))
        }
        if let fence = try row.decode("lease_fence", as: Int64?.self) {
            lease = ProvisioningLease(
                subscription: id, fence: fence, holder: try row.decode("lease_holder"), until: try row.decode("lease_until"))
        }
        operationSequence = try row.decode("op_seq")
        readNumber = try row.decode("read_number")
        failure = try row.optionalOwn("failure")
        operation = try row.decode("operation_id")
        conversion = try row.optionalWord("conversion", as: Conversion.self)
        version = try row.decode("version")
    }

    private mutating func readTimes(_ row: Row) throws {
        trialEnd = try row.decode("trial_end")
        startedAt = try row.decode("started_at")
        currentPeriod = try row.period("period_start", "period_end")
        isCollectionPaused = try row.decode("collection_paused")
        canceledAt = try row.decode("canceled_at")
        endsAt = try row.decode("ends_at")
        closedAt = try row.decode("closed_at")
        graceDeadline = try row.decode("grace_deadline")
        finalDeadline = try row.decode("final_deadline")
        updatedAt = try row.decode("updated_at")
    }
}

extension Row {
    /// Reads one of an enum's words.
    func word<Word: RawRepresentable>(_ name: String) throws -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: try decode(name, as: String.self)) else { throw self[name].failure("holds an unknown word") }
        return word
    }

    /// Reads one of an enum's words, or nothing.
    func optionalWord<Word: RawRepresentable>(_ name: String, as type: Word.Type) throws -> Word? where Word.RawValue == String {
        try decode(name, as: String?.self) == nil ? nil : word(name)
    }

    /// Reads an id of the provider's.
    func providerID(_ name: String) throws -> ProviderID? {
        try decode(name, as: String?.self).map(ProviderID.init)
    }

    /// Reads a period from its two ends.
    func period(_ start: String, _ end: String) throws -> Period? {
        guard let first = try decode(start, as: Instant?.self), let last = try decode(end, as: Instant?.self) else { return nil }
        return Period(start: first, end: last)
    }

    /// Reads a currency.
    func currency(_ name: String) throws -> Currency {
        guard let currency = Currency(try decode(name, as: String.self)) else { throw self[name].failure("is no currency") }
        return currency
    }
}
