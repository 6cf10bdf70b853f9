public import Billing
internal import Core

extension StripePaymentProvider {
    /// Finds out whether an intent took effect, by the tag it would have left or by the fields it would have set (STR-012).
    ///
    /// Search endpoints lag and never decide (STR-011): parents are listed instead.
    public func readBack(_ intent: ProviderIntent, budget: CallBudget) async throws(ProviderFailure) -> ProviderReadBack {
        switch intent.command {
        case .createCustomer: return try await find(intent, in: "/v1/customers", since(intent), budget: budget)
        case .createProduct: return try await find(intent, in: "/v1/products", since(intent), budget: budget)
        case .createPrice(let price):
            let keys: [(String, FormValue)] = [("lookup_keys", .list([.string(price.lookupKey)]))]
            return try await find(intent, in: "/v1/prices", keys, budget: budget)
        case .openCheckout(let session):
            return try await find(
                intent, in: "/v1/checkout/sessions", [("customer", .string(session.customer.rawValue))], budget: budget)
        case .createSubscription(let sale):
            let filter: [(String, FormValue)] = [("customer", .string(sale.customer.rawValue)), ("status", "all")]
            return try await find(intent, in: "/v1/subscriptions", filter, budget: budget)
        case .refund(let refund):
            return try await find(intent, in: "/v1/refunds", [("payment_intent", .string(refund.payment.rawValue))], budget: budget)
        case .moveBalance(let move): return try await find(intent, in: StripeRequests.balancePath(of: move.customer), [], budget: budget)
        case .issueCreditNote(_, let invoice):
            return try await find(intent, in: "/v1/credit_notes", [("invoice", .string(invoice.rawValue))], budget: budget)
        case .expireCheckout(let id): return try await readBackClosure(id, budget: budget)
        case .cancelNow(let id): return try await compare(id, budget: budget) { $0.status == .canceled }
        case .cancelAtPeriodEnd(let id):
            return try await compare(id, budget: budget) { $0.status == .canceled || $0.endsAt != nil }
        case .setIdleEnd(let end):
            return try await compare(end.subscription, budget: budget) { $0.status == .canceled || $0.terms?.idleMark == end.mark }
        case .clearIdleEnd(let end), .clearIdleMark(let end):
            return try await compare(end.subscription, budget: budget) { $0.status == .canceled || $0.terms?.idleMark != end.mark }
        case .takeBackEnd(let id): return try await compare(id, budget: budget) { $0.status != .canceled && $0.endsAt == nil }
        case .changePrice(let change): return try await compare(change.subscription, budget: budget) { $0.price == change.price }
        // Both say the same again when they are repeated.
        case .updateCustomer, .openPortal, .renameProduct, .setDefaultMethod, .setSubscriptionMethod, .detachMethod: return .notDone
        case .openSetup(let setup):
            return try await find(
                intent, in: "/v1/checkout/sessions", [("customer", .string(setup.customer.rawValue))], budget: budget)
        case .payInvoice(let id):
            guard let invoice = try await invoice(id, budget: budget).object else { return .contradictory("the invoice is gone") }
            return invoice.status == .paid ? .done(.invoice(invoice)) : .notDone
        }
    }

    private func since(_ intent: ProviderIntent) -> [(String, FormValue)] {
        [("created", .map([("gte", .instant((intent.firstSentAt ?? intent.createdAt) - .hours(1)))]))]
    }

    private func find(
        _ intent: ProviderIntent, in path: String, _ filter: [(String, FormValue)], budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderReadBack {
        let objects = try await all(path, filter, budget: budget) { (object) throws(StripeShapeError) in object }
        let tagged = objects.filter { ProviderTags(metadataOf: $0).intent == intent.id.description }
        guard let object = tagged.first else { return .notDone }
        guard tagged.count == 1 else { return .contradictory("\(tagged.count) objects carry the tag of one intent") }
        do { return .done(try Self.result(of: intent.command, object)) } catch { throw error.failure }
    }

    private func compare(
        _ id: ProviderID, budget: CallBudget, _ isAsWanted: (ProviderSubscription) -> Bool
    ) async throws(ProviderFailure) -> ProviderReadBack {
        switch try await subscription(id, budget: budget) {
        case .found(let subscription): isAsWanted(subscription) ? .done(.subscription(subscription)) : .notDone
        case .deleted, .absent: .done(.subscriptionGone)
        }
    }

    private func readBackClosure(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderReadBack {
        switch try await checkout(id, budget: budget) {
        case .found(let session) where session.status == .complete: .done(.closure(.complete))
        case .found(let session) where session.status == .expired: .done(.closure(.expired))
        case .found: .notDone
        case .deleted, .absent: .contradictory("the session is gone")
        }
    }
}
