internal import Core

/// What differs between a row and the provider's object: a pure comparison (BIL-123).
enum DriftFinder {
    /// One difference.
    struct Finding: Hashable, Sendable {
        let category: DriftItem.Category
        let ours: String
        let theirs: String
    }

    /// Compares a row with its object. A decision of ours that the provider has not confirmed yet is no difference (STR-124).
    static func compare(
        _ row: Subscription, customer: ProviderID?, with object: ProviderSubscription, now: Instant
    ) -> [Finding] {
        guard row.providerSync == .confirmed, row.status != .upgrading else { return [] }
        var findings: [Finding] = []
        if let customer, customer != object.customer {
            findings.append(Finding(category: .customerLink, ours: customer.description, theirs: object.customer.description))
        }
        if let standing = standing(row, object, now: now) { findings.append(standing) }
        guard isRunning(object.status), !row.isTerminal || row.isEnding(at: now) else { return findings }
        if let ours = row.providerLink?.price, let theirs = object.price, ours != theirs {
            findings.append(Finding(category: .price, ours: ours.description, theirs: theirs.description))
        }
        if row.isEnding(at: now), let theirs = object.endsAt, row.endsAt != theirs {
            findings.append(Finding(category: .endDate, ours: text(row.endsAt), theirs: text(theirs)))
        }
        if row.startedAt != nil, let theirs = object.period, row.currentPeriod != theirs {
            findings.append(Finding(category: .period, ours: text(row.currentPeriod?.end), theirs: text(theirs.end)))
        }
        return findings
    }

    /// What a row is whose object is not there.
    static func missing(_ row: Subscription, now: Instant) -> Finding? {
        guard row.isLive, row.startedAt != nil, !row.isTerminal else { return nil }
        return Finding(category: .missingThere, ours: row.status.rawValue, theirs: "none")
    }

    /// What an object is that no row knows; one that is over is nobody's concern.
    static func unknown(_ object: ProviderSubscription) -> Finding? {
        guard isRunning(object.status) else { return nil }
        return Finding(category: .missingHere, ours: "none", theirs: object.status?.rawValue ?? "unknown")
    }

    private static func standing(_ row: Subscription, _ object: ProviderSubscription, now: Instant) -> Finding? {
        func finding(_ category: DriftItem.Category) -> Finding {
            Finding(category: category, ours: row.status.rawValue, theirs: object.status?.rawValue ?? "unknown")
        }
        let isOver = row.isTerminal && !row.isEnding(at: now)
        switch (isRunning(object.status), isOver) {
        case (true, true): return finding(.paidWithoutService)
        case (false, true): return nil
        case (false, false):
            guard object.status == .canceled || object.status == .incompleteExpired else { return nil }
            return row.startedAt == nil ? finding(.status) : finding(.serviceWithoutPayment)
        case (true, false): return agrees(row, object, now: now) ? nil : finding(.status)
        }
    }

    private static func agrees(_ row: Subscription, _ object: ProviderSubscription, now: Instant) -> Bool {
        // The end of what is converted is the provider's alone (BIL-089).
        let isConverted = row.conversion == .netTerms && !row.isTerminal
        if isConverted, object.endsAt == nil { return false }
        if !isConverted, row.isEnding(at: now) != (object.endsAt.map { $0 > now } ?? false), row.startedAt != nil { return false }
        switch (row.status, object.status) {
        case (.canceled, _): return true
        case (.active, .active), (.active, .trialing), (.paused, .paused), (.unpaid, .unpaid), (.pastDue, .pastDue): return true
        // Our own deadline may have come before the provider's.
        case (.unpaid, .pastDue): return true
        case (.provisioning, _): return true
        default: return false
        }
    }

    private static func isRunning(_ status: ProviderSubscription.Status?) -> Bool {
        switch status {
        case .active, .trialing, .pastDue, .unpaid, .paused: true
        case .incomplete, .incompleteExpired, .canceled, .none: false
        }
    }

    private static func text(_ instant: Instant?) -> String { instant?.description ?? "none" }
}
