internal import Billing
internal import BillingPostgres
internal import BillingStripe
internal import Core
internal import HTTPClient
internal import Observability
internal import Postgres

extension TrellisConfiguration {
    /// Stripe, or its simulator, which is reached by the address alone; where no key is given nothing is sold.
    ///
    /// - Throws: `StripeConfigurationError` for a key of the other mode or an address that is not safe (STR-001, STR-026).
    ///
    /// - Parameter database: where calls are counted; a simulator on this machine has no limits to be kept (STR-017).
    func paymentProvider(
        transport: any HTTPTransport, database: PostgresClient, dateSource: any DateSource, log: Log, metrics: Metrics
    ) throws -> any PaymentProvider {
        guard let stripeSecretKey else { return NoPaymentProvider() }
        let stripe = try StripeConfiguration(apiBase: stripeAPIBase, secretKey: stripeSecretKey, isSandboxMode: stage.isSandbox)
        let metered = MeteredTransport(transport, provider: "stripe", metrics: metrics)
        guard stripeAPIBase.hasPrefix("https://") else { return StripePaymentProvider(configuration: stripe, transport: metered, log: log) }
        // The provider counts by the real time, which the clock of a sandbox is not.
        let allowance = PostgresCallAllowance(
            client: database, limits: stage.isSandbox ? .test : .live, dateSource: stage.isSandbox ? SystemDateSource() : dateSource)
        return StripePaymentProvider(configuration: stripe, transport: metered, allowance: allowance, log: log)
    }
}

extension TrellisConfiguration {
    /// The secrets of webhooks without the ends that may stand behind them.
    var plainWebhookSecrets: [SecretString] { stripeWebhookSecrets.map { StripeWebhookVerifier.parts(of: $0).secret } }
}

extension Product {
    /// Looks whether the provider's account tells this installation of everything, and warns of what does not fit (STR-027).
    ///
    /// The sandbox is told by its own simulator; a provider that cannot be reached now is no reason not to start.
    public func checkPaymentEndpoint() async {
        let (configuration, log) = (foundations.configuration, foundations.log.labelled("stripe"))
        guard let key = configuration.stripeSecretKey, !configuration.stage.isSandbox else { return }
        do {
            let stripe = try StripeConfiguration(apiBase: configuration.stripeAPIBase, secretKey: key, isSandboxMode: false)
            let check = StripeEndpointCheck(configuration: stripe, transport: transport, log: foundations.log)
            for finding in try await check.findings(at: configuration.publicURL + "/v1/webhooks/stripe") {
                log.warning("the payment provider is not set up as it should be", ["finding": .string(finding.description)])
            }
        } catch {
            log.warning("the payment provider's endpoint could not be looked at", ["error": .string(errorChain(error))])
        }
    }
}

extension Product {
    /// What is done with the endpoint that tells this installation of the provider's events (STR-028).
    public enum EndpointOrder: String, Sendable, CaseIterable {
        /// Makes or mends it.
        case repair
        /// Gives it another secret.
        case roll
        /// Drops what had the former secret.
        case dropFormer = "drop-former"
    }

    /// Carries an order about the endpoint out.
    ///
    /// - Returns: what to tell whoever ordered it; a new secret stands in it and is shown this once.
    /// - Throws: `ProviderFailure`.
    public func carryOut(_ order: EndpointOrder) async throws -> String {
        let configuration = foundations.configuration
        guard let key = configuration.stripeSecretKey else { return "TRELLIS_STRIPE_SECRET_KEY is not set: there is no account." }
        let stripe = try StripeConfiguration(
            apiBase: configuration.stripeAPIBase, secretKey: key, isSandboxMode: configuration.stage.isSandbox)
        let keeper = StripeEndpointKeeper(
            configuration: stripe, transport: transport, dateSource: foundations.dateSource, log: foundations.log)
        let address = configuration.publicURL + "/v1/webhooks/stripe"
        let until = foundations.dateSource.now + StripeEndpointKeeper.overlap
        func tell(_ secret: SecretString, former: Bool) -> String {
            let change = former ? ", and \"@\(until)\" behind the former one, which counts until then" : ""
            return """
                secret, shown once: \(secret.withValue { $0 })
                Put it in front of TRELLIS_STRIPE_WEBHOOK_SECRETS\(change); then restart the API.
                """
        }
        switch order {
        case .repair:
            switch try await keeper.repair(at: address) {
            case .made(let secret): return "made: \(address)\n" + tell(secret, former: false)
            case .replaced(let secret): return "replaced by one of the right version: \(address)\n" + tell(secret, former: true)
            case .mended: return "mended: \(address)"
            case .asItShould: return "as it should be: \(address)"
            }
        case .roll: return tell(try await keeper.roll(at: address), former: true)
        case .dropFormer: return "dropped: \(try await keeper.dropFormer(at: address, all: true))"
        }
    }
}

/// The provider of an installation that sells nothing: whatever is asked of it does not happen.
struct NoPaymentProvider: PaymentProvider {
    private static let failure = ProviderFailure(kind: .unauthorized, detail: "no payment provider is configured")

    func request(for intent: ProviderIntent) throws -> ProviderRequest { throw Self.failure }

    func exchange(_ request: ProviderRequest, for intent: ProviderIntent, budget: CallBudget) async -> ProviderReply {
        ProviderReply(.retryLater(Self.failure), exchanges: [])
    }

    func readBack(_ intent: ProviderIntent, budget: CallBudget) async throws(ProviderFailure) -> ProviderReadBack { throw Self.failure }

    func subscription(
        _ id: ProviderID, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderRead<ProviderSubscription> { throw Self.failure }

    func checkout(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderCheckout> {
        throw Self.failure
    }

    func invoice(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderInvoice> {
        throw Self.failure
    }

    func invoice(
        paidBy payment: ProviderID, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderRead<ProviderInvoice> { throw Self.failure }

    func product(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderProduct> {
        throw Self.failure
    }

    func price(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderPrice> { throw Self.failure }

    func wallet(of customer: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderWallet> {
        throw Self.failure
    }

    func setup(_ id: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderRead<ProviderSetup> { throw Self.failure }

    func balanceTransactions(
        of customer: ProviderID, budget: CallBudget
    ) async throws(ProviderFailure) -> [ProviderBalanceTransaction] { throw Self.failure }

    func refunds(of payment: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> [ProviderRefund] { throw Self.failure }

    func disputes(of payment: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> [ProviderDispute] { throw Self.failure }

    func events(since instant: Instant, budget: CallBudget) async throws(ProviderFailure) -> [PulledEvent] { throw Self.failure }

    func subscriptions(
        after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderSubscription> { throw Self.failure }

    func invoices(of subscription: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> [ProviderInvoice] { throw Self.failure }

    func invoices(
        madeSince instant: Instant?, after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderInvoice> { throw Self.failure }

    func refunds(
        madeSince instant: Instant, after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderRefund> { throw Self.failure }

    func disputes(
        madeSince instant: Instant, after id: ProviderID?, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderPage<ProviderPaymentDispute> { throw Self.failure }

    func preview(
        of change: ProviderCommand.PriceChange, budget: CallBudget
    ) async throws(ProviderFailure) -> ProviderInvoice { throw Self.failure }

    func upcomingInvoice(of subscription: ProviderID, budget: CallBudget) async throws(ProviderFailure) -> ProviderInvoice? {
        throw Self.failure
    }
}
