internal import Billing
internal import BillingStripe
internal import Core
internal import HTTPClient
internal import Observability

extension TrellisConfiguration {
    /// Stripe, or its simulator, which is reached by the address alone; where no key is given nothing is sold.
    ///
    /// - Throws: `StripeConfigurationError` for a key of the other mode or an address that is not safe (STR-001, STR-026).
    func paymentProvider(transport: any HTTPTransport, log: Log, metrics: Metrics) throws -> any PaymentProvider {
        guard let stripeSecretKey else { return NoPaymentProvider() }
        let stripe = try StripeConfiguration(apiBase: stripeAPIBase, secretKey: stripeSecretKey, isSandboxMode: stage.isSandbox)
        return StripePaymentProvider(
            configuration: stripe, transport: MeteredTransport(transport, provider: "stripe", metrics: metrics), log: log)
    }
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
