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
            ProviderDispute(
                id: try object.id("id"),
                amount: Money(minorUnits: try object.integer("amount"), currency: try object.currency("currency")),
                reason: object.optionalString("reason") ?? "general", status: Self.status(object.optionalString("status")))
        }
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
            ProviderRefund(
                id: try object.id("id"), payment: payment,
                amount: Money(minorUnits: try object.integer("amount"), currency: try object.currency("currency")),
                status: Refund.Status(rawValue: object.optionalString("status") ?? "") ?? .pending,
                tags: ProviderTags(metadataOf: object))
        }
    }

    /// A part of all subscriptions of any status, newest first.
    public func subscriptions(
        after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderSubscription> {
        let query = StripeForm.encode([("limit", 100), ("status", "all"), ("starting_after", .optional(id?.rawValue))])
        let request = ProviderRequest(method: "GET", path: "/v1/subscriptions?" + query, body: "")
        switch StripeVerdict(await client.send(request, key: nil, budget: budget)) {
        case .succeeded(let success):
            var elements: [ProviderSubscription] = []
            for object in success.object.list("data") {
                do { elements.append(try ProviderSubscription(object)) } catch { throw error.failure }
            }
            guard success.object.bool("has_more") else { return ProviderPage(elements: elements, next: nil) }
            guard let last = elements.last?.id, last != id else {
                throw ProviderFailure(kind: .unreadable, detail: "a list does not move on")
            }
            return ProviderPage(elements: elements, next: last)
        case .refused(let refusal): throw ProviderFailure(kind: .refused, detail: refusal.code)
        case .retryLater(let failure), .unknown(let failure): throw failure
        }
    }
}
