public import Billing
internal import Core
public import HTTPClient
public import Observability

/// Looks at the start whether the provider's account fits this installation: its key, its mode and the endpoint that tells of events (STR-027).
public struct StripeEndpointCheck: Sendable {
    /// Something that a person should mend; the product starts all the same.
    public enum Finding: Sendable, Hashable, CustomStringConvertible {
        /// The key may not read something.
        case missingRight(String)
        /// Events of another mode than the key's would come.
        case otherMode
        /// No endpoint has our address.
        case noEndpoint
        /// Several have, so that every event comes several times.
        case severalEndpoints(Int)
        /// It is switched off.
        case disabled
        /// It renders events at another version.
        case otherVersion(String?)
        /// It does not tell of these.
        case missingEvents([String])

        /// What is wrong, for the log.
        public var description: String {
            switch self {
            case .missingRight(let what): "the key may not read \(what)"
            case .otherMode: "the endpoint is of the other mode"
            case .noEndpoint: "no webhook endpoint has the address of this installation"
            case .severalEndpoints(let count): "\(count) webhook endpoints have the address of this installation"
            case .disabled: "the webhook endpoint is switched off"
            case .otherVersion(let version): "the webhook endpoint speaks version \(version ?? "of the account")"
            case .missingEvents(let types): "the webhook endpoint does not tell of \(types.joined(separator: ", "))"
            }
        }
    }

    private let provider: StripePaymentProvider

    /// Makes the check for an account.
    public init(configuration: StripeConfiguration, transport: any HTTPTransport, log: Log) {
        provider = StripePaymentProvider(configuration: configuration, transport: transport, log: log)
    }

    /// Reads the account and its endpoints, and changes nothing.
    ///
    /// - Throws: ``ProviderFailure`` when it cannot be asked at all.
    public func findings(at address: String) async throws(ProviderFailure) -> [Finding] {
        var findings: [Finding] = []
        for (name, path) in [("the account", "/v1/account"), ("customers", "/v1/customers?limit=1"), ("events", "/v1/events?limit=1")] {
            if try await isRefused(path) { findings.append(.missingRight(name)) }
        }
        let endpoints: [StripeObject]
        do {
            endpoints = try await provider.all("/v1/webhook_endpoints", [], budget: .brief) { (object) throws(StripeShapeError) in object }
        } catch {
            guard error.kind == .unauthorized || error.kind == .refused else { throw error }
            return findings + [.missingRight("webhook endpoints")]
        }
        // One that was replaced tells of everything for one more day (STR-028).
        let ours = endpoints.filter {
            $0.optionalString("url") == address && $0.optionalObject("metadata")?.optionalString("trellis_former_until") == nil
        }
        guard let endpoint = ours.first else { return findings + [.noEndpoint] }
        if ours.count > 1 { findings.append(.severalEndpoints(ours.count)) }
        if endpoint.optionalString("status") == "disabled" { findings.append(.disabled) }
        if endpoint.bool("livemode") == provider.configuration.isSandboxMode { findings.append(.otherMode) }
        let version = endpoint.optionalString("api_version")
        if version != StripeConfiguration.apiVersion { findings.append(.otherVersion(version)) }
        let told = Set(endpoint.value("enabled_events")?.arrayValue?.compactMap(\.stringValue) ?? [])
        let missing = told.contains("*") ? [] : Self.neededEvents.filter { !told.contains($0) }
        if !missing.isEmpty { findings.append(.missingEvents(missing)) }
        return findings
    }

    private func isRefused(_ path: String) async throws(ProviderFailure) -> Bool {
        let request = ProviderRequest(method: "GET", path: path, body: "")
        switch StripeVerdict(await provider.client.send(request, key: nil, budget: .brief)) {
        case .succeeded: return false
        case .refused: return true
        case .retryLater(let failure), .unknown(let failure):
            guard failure.kind == .unauthorized else { throw failure }
            return true
        }
    }

    /// Every type that something here follows from (stripe.md, section 6).
    public static let neededEvents = [
        "charge.dispute.closed", "charge.dispute.created", "charge.dispute.funds_reinstated", "charge.dispute.funds_withdrawn",
        "charge.dispute.updated", "charge.failed", "charge.refund.updated", "charge.refunded", "charge.succeeded",
        "checkout.session.async_payment_failed", "checkout.session.async_payment_succeeded", "checkout.session.completed",
        "checkout.session.expired", "credit_note.created", "credit_note.updated", "credit_note.voided",
        "customer.deleted", "customer.subscription.created", "customer.subscription.deleted", "customer.subscription.paused",
        "customer.subscription.pending_update_applied", "customer.subscription.pending_update_expired", "customer.subscription.resumed",
        "customer.subscription.trial_will_end", "customer.subscription.updated", "customer.updated",
        "customer_cash_balance_transaction.created", "invoice.created", "invoice.deleted", "invoice.finalization_failed",
        "invoice.finalized", "invoice.marked_uncollectible", "invoice.overdue", "invoice.overpaid", "invoice.paid",
        "invoice.payment_action_required", "invoice.payment_failed", "invoice.payment_succeeded", "invoice.sent", "invoice.upcoming",
        "invoice.updated", "invoice.voided", "invoice.will_be_due", "invoice_payment.paid", "payment_intent.canceled",
        "payment_intent.payment_failed", "payment_intent.requires_action", "payment_intent.succeeded", "payment_method.attached",
        "payment_method.automatically_updated", "payment_method.detached", "payment_method.updated", "price.created", "price.deleted",
        "price.updated", "product.created", "product.deleted", "product.updated", "refund.created", "refund.failed", "refund.updated",
        "setup_intent.setup_failed", "setup_intent.succeeded", "subscription_schedule.aborted", "subscription_schedule.canceled",
        "subscription_schedule.completed", "subscription_schedule.created", "subscription_schedule.expiring",
        "subscription_schedule.released", "subscription_schedule.updated",
    ]
}
