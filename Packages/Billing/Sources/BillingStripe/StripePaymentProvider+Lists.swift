public import Billing
public import Core

extension StripePaymentProvider {
    /// The events that were made since an instant, newest first; what is no event is passed over.
    public func events(since instant: Instant, budget: CallBudget) async throws(ProviderFailure) -> [PulledEvent] {
        let filter: [(String, FormValue)] = [("created", .map([("gte", .instant(instant))]))]
        let found = try await all("/v1/events", filter, budget: budget) { (object) throws(StripeShapeError) -> PulledEvent? in
            guard let event = try? StripeEventEnvelope.event(of: object), let body = try? JSON.encode(object.json) else { return nil }
            return PulledEvent(event: event, body: body)
        }
        return found.compactMap(\.self)
    }

    /// Reads the disputes of a payment; an inquiry has withdrawn nothing, and a word we do not know counts as open.
    public func disputes(of payment: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> [ProviderDispute] {
        let filter: [(String, FormValue)] = [("payment_intent", .string(payment.rawValue))]
        return try await all("/v1/disputes", filter, budget: budget) { (object) throws(StripeShapeError) in
            try Self.dispute(object)
        }
    }

    private static func dispute(_ object: StripeObject) throws(StripeShapeError) -> ProviderDispute {
        ProviderDispute(
            id: try object.id("id"),
            amount: Money(minorUnits: try object.integer("amount"), currency: try object.currency("currency")),
            reason: object.optionalString("reason") ?? "general", status: status(object.optionalString("status")))
    }

    private static func refund(_ object: StripeObject, of payment: ProviderID) throws(StripeShapeError) -> ProviderRefund {
        ProviderRefund(
            id: try object.id("id"), payment: payment,
            amount: Money(minorUnits: try object.integer("amount"), currency: try object.currency("currency")),
            status: Refund.Status(rawValue: object.optionalString("status") ?? "") ?? .pending,
            tags: ProviderTags(metadataOf: object))
    }

    private static func status(_ word: String?) -> Dispute.Status {
        switch word {
        case "warning_needs_response", "warning_under_review": .inquiry
        case "warning_closed", "prevented": .closed
        case "won": .won
        case "lost": .lost
        default: .open
        }
    }

    /// All refunds of a payment, newest first; a word that we do not know counts as pending.
    public func refunds(of payment: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> [ProviderRefund] {
        let filter: [(String, FormValue)] = [("payment_intent", .string(payment.rawValue))]
        return try await all("/v1/refunds", filter, budget: budget) { (object) throws(StripeShapeError) in
            try Self.refund(object, of: payment)
        }
    }

    /// A part of all subscriptions of any status, newest first.
    public func subscriptions(
        after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderSubscription> {
        try await page("/v1/subscriptions", [("status", "all")], after: id, budget: budget) { (object) throws(StripeShapeError) in
            try ProviderSubscription(object)
        }
    }

    /// A part of the invoices of the last weeks, or of those that are open.
    public func invoices(
        madeSince instant: Instant?, after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderInvoice> {
        let filter: [(String, FormValue)] = instant.map { [Self.since($0)] } ?? [("status", "open")]
        return try await page("/v1/invoices", filter, after: id, budget: budget) { (object) throws(StripeShapeError) in
            try ProviderInvoice(object)
        }
    }

    /// A part of what was given back; what was no payment of ours has no intent.
    public func refunds(
        madeSince instant: Instant, after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderRefund> {
        try await page("/v1/refunds", [Self.since(instant)], after: id, budget: budget) {
            (object) throws(StripeShapeError) -> ProviderRefund? in
            guard let payment = object.optionalID("payment_intent") else { return nil }
            return try Self.refund(object, of: payment)
        }
    }

    /// A part of what was contested.
    public func disputes(
        madeSince instant: Instant, after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderPaymentDispute> {
        try await page("/v1/disputes", [Self.since(instant)], after: id, budget: budget) {
            (object) throws(StripeShapeError) -> ProviderPaymentDispute? in
            guard let payment = object.optionalID("payment_intent") else { return nil }
            return ProviderPaymentDispute(payment: payment, dispute: try Self.dispute(object))
        }
    }

    private static func since(_ instant: Instant) -> (String, FormValue) { ("created", .map([("gte", .instant(instant))])) }

    /// One part of a list by 100; a part that does not move on is an error (STR-023).
    private func page<Element: Sendable & Hashable>(
        _ path: String, _ filter: [(String, FormValue)], after id: ProviderID?, budget: CallBudget,
        _ make: (StripeObject) throws(StripeShapeError) -> Element?
    ) async throws(ProviderFailure) -> ProviderPage<Element> {
        let query = StripeForm.encode([("limit", 100)] + filter + [("starting_after", .optional(id?.rawValue))])
        let request = ProviderRequest(method: "GET", path: path + "?" + query, body: "")
        switch StripeVerdict(await client.send(request, key: nil, budget: budget)) {
        case .succeeded(let success):
            let objects = success.object.list("data")
            var elements: [Element] = []
            for object in objects {
                do {
                    if let element = try make(object) { elements.append(element) }
                } catch { throw error.failure }
            }
            guard success.object.bool("has_more") else { return ProviderPage(elements: elements, next: nil) }
            guard let last = objects.last?.optionalID("id"), last != id else {
                throw ProviderFailure(kind: .unreadable, detail: "a list does not move on")
            }
            return ProviderPage(elements: elements, next: last)
        case .refused(let refusal): throw ProviderFailure(kind: .refused, detail: refusal.code)
        case .retryLater(let failure), .unknown(let failure): throw failure
        }
    }
}
