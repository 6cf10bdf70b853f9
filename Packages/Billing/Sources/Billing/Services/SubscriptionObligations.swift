internal import Core
internal import Identity
internal import Orgs

/// The subscriptions of an org that end before it is deleted: each at once, whatever its status, by the rules that hold for its owner (BIL-061).
struct SubscriptionObligations<Store: BillingStore>: OrgObligationEnding {
    let store: Store
    let billing: BillingService<Store>

    /// How long the hand-over of something that has ended is given until the next look.
    private static var moment: Duration { .seconds(2) }
    /// The same for a provider that does not answer.
    private static var outage: Duration { .seconds(30) }

    /// Each by its plan and what it is for.
    func obligations(of org: Org.ID, in transaction: Store.Transaction) async throws -> [OrgObligation] {
        var found: [OrgObligation] = []
        for id in try await transaction.unsettledAffairs(of: org).subscriptions {
            guard let row = try await transaction.subscription(id) else { continue }
            let resource = row.resource.map { " of \($0)" } ?? ""
            found.append(OrgObligation(id: id.description, name: billing.displayName(of: row.plan.key) + resource))
        }
        return found
    }

    func end(_ obligation: String, of org: Org.ID, for owner: User.ID) async throws -> OrgObligationOutcome {
        guard let id = Subscription.ID(obligation), let row = try await unsettled(id, of: org) else { return .ended }
        // What has ended is closed by a job of its own.
        if row.status == .canceled, !row.isEnding(at: billing.dateSource.now) { return .waiting(Self.moment) }
        let command = CancelSubscription(
            subscription: id, mode: .immediate, origin: .user, user: owner, via: "org-deletion", bringingForward: true)
        do {
            try await billing.end(row, by: command)
        } catch let error as BillingError {
            return outcome(of: error)
        }
        return try await unsettled(id, of: org) == nil ? .ended : .waiting(Self.moment)
    }

    private func unsettled(_ id: Subscription.ID, of org: Org.ID) async throws -> Subscription? {
        try await store.withTransaction(.system) { transaction in
            guard try await transaction.unsettledAffairs(of: org).subscriptions.contains(id) else { return nil }
            return try await transaction.subscription(id)
        }
    }

    private func outcome(of error: BillingError) -> OrgObligationOutcome {
        switch error {
        case .providerTimeout, .providerUnavailable, .providerUncertain: .waiting(Self.outage)
        case .alreadyCanceled: .waiting(Self.moment)
        case .subscriptionBusy(let status): .refused("It is being set up or changed (\(status.rawValue)).")
        case .checkoutAlreadyPaid: .refused("It was paid a moment ago and is being set up.")
        default: .refused("The payment provider or a rule of billing does not let it end now.")
        }
    }
}
