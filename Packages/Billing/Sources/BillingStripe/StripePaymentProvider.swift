public import Billing
internal import Core
public import HTTPClient
public import Observability

/// Stripe as Billing's payment provider, at the pinned version, over HTTPS.
public struct StripePaymentProvider: PaymentProvider, Sendable {
    let configuration: StripeConfiguration
    let client: StripeClient
    let log: Log

    /// Makes the adapter; the sandbox is reached by the configuration's address alone.
    public init(configuration: StripeConfiguration, transport: any HTTPTransport, log: Log) {
        self.init(configuration: configuration, transport: transport, pacing: StripePacing(), log: log)
    }

    /// Makes the adapter of an account whose calls are counted over all processes (STR-017).
    public init(configuration: StripeConfiguration, transport: any HTTPTransport, allowance: any CallAllowance, log: Log) {
        self.init(configuration: configuration, transport: transport, pacing: StripePacing(), allowance: allowance, log: log)
    }

    init(
        configuration: StripeConfiguration, transport: any HTTPTransport, pacing: StripePacing, circuit: StripeCircuit = StripeCircuit(),
        allowance: (any CallAllowance)? = nil, log: Log
    ) {
        self.configuration = configuration
        self.log = log.labelled("stripe")
        client = StripeClient(
            configuration: configuration, transport: transport, pacing: pacing, circuit: circuit, allowance: allowance,
            log: log.labelled("stripe"))
    }

    /// The exact request of an intent.
    public func request(for intent: ProviderIntent) -> ProviderRequest {
        StripeRequests.request(for: intent, isSandboxMode: configuration.isSandboxMode)
    }

    /// Sends the stored request of an intent; a `DELETE` names its object and needs no key.
    public func exchange(_ request: ProviderRequest, for intent: ProviderIntent, budget: CallBudget) async -> ProviderReply {
        var exchanges: [ProviderExchange] = []
        let key = request.method == "POST" ? intent.key : nil
        let answer = await client.send(request, key: key, budget: budget, noting: &exchanges)
        var verdict = StripeVerdict(answer)
        if case .refused(let refusal) = verdict {
            let second = await exchange(request, freeing: intent, after: refusal, budget: budget, noting: &exchanges)
            verdict = second ?? verdict
        }
        let outcome: ProviderOutcome =
            switch verdict {
            case .succeeded(let success): Self.outcome(of: intent.command, success.object)
            case .refused(let refusal): await self.outcome(of: intent.command, refusedBy: refusal, budget: budget)
            case .retryLater(let failure): .retryLater(failure)
            case .unknown(let failure): .unknown(failure)
            }
        return ProviderReply(outcome, exchanges: exchanges)
    }

    private static func outcome(of command: ProviderCommand, _ object: StripeObject) -> ProviderOutcome {
        do {
            return .succeeded(try result(of: command, object))
        } catch {
            return .unknown(error.failure)
        }
    }

    static func result(of command: ProviderCommand, _ object: StripeObject) throws(StripeShapeError) -> ProviderResult {
        switch command {
        case .createCustomer, .updateCustomer, .setDefaultMethod: .customer(try object.id("id"))
        case .createProduct, .renameProduct: .product(try object.id("id"))
        case .createPrice: .price(try ProviderPrice(object))
        case .openCheckout, .openSetup: .checkout(try ProviderCheckout(object))
        case .expireCheckout: .closure(object.optionalString("status") == "complete" ? .complete : .expired)
        case .createSubscription, .cancelAtPeriodEnd, .cancelNow, .takeBackEnd, .setSubscriptionMethod, .setIdleEnd, .clearIdleEnd,
            .clearIdleMark, .changePrice:
            .subscription(try ProviderSubscription(object))
        case .refund: .refund(try object.id("id"), status: object.optionalString("status") ?? "pending")
        case .moveBalance: .balanceTransaction(try object.id("id"))
        case .issueCreditNote: .balanceTransaction(try object.id("customer_balance_transaction"))
        case .openPortal: .portal(url: try object.string("url"))
        case .detachMethod: .method(try object.id("id"))
        case .payInvoice: .invoice(try ProviderInvoice(object))
        }
    }

    /// What is already as it was wanted is a success (STR-030, STR-032).
    private func outcome(of command: ProviderCommand, refusedBy refusal: ProviderRefusal, budget: CallBudget) async -> ProviderOutcome {
        switch (command, refusal.kind) {
        case (.cancelNow, .missing), (.cancelAtPeriodEnd, .missing), (.setIdleEnd, .missing), (.clearIdleEnd, .missing),
            (.clearIdleMark, .missing):
            return .succeeded(.subscriptionGone)
        case (.setIdleEnd(let end), .badRequest), (.clearIdleEnd(let end), .badRequest):
            return await ifEnded(end.subscription, else: refusal, budget: budget)
        case (.cancelAtPeriodEnd(let id), .badRequest), (.cancelNow(let id), .badRequest):
            return await ifEnded(id, else: refusal, budget: budget)
        // A method that is gone, or gone from its customer, is as it was wanted (STR-E48).
        case (.detachMethod(let id), .missing), (.detachMethod(let id), .badRequest): return .succeeded(.method(id))
        case (.expireCheckout(let id), .badRequest): return await closure(of: id, else: refusal, budget: budget)
        default: return .refused(refusal)
        }
    }

    private func ifEnded(_ id: ProviderID, else refusal: ProviderRefusal, budget: CallBudget) async -> ProviderOutcome {
        do throws(ProviderFailure) {
            let read = try await subscription(id, budget: budget)
            guard let object = read.object else { return .succeeded(.subscriptionGone) }
            return object.status == .canceled ? .succeeded(.subscription(object)) : .refused(refusal)
        } catch {
            return .unknown(error)
        }
    }

    private func closure(of id: ProviderID, else refusal: ProviderRefusal, budget: CallBudget) async -> ProviderOutcome {
        do throws(ProviderFailure) {
            switch try await checkout(id, budget: budget).object?.status {
            case .complete: return .succeeded(.closure(.complete))
            case .expired: return .succeeded(.closure(.expired))
            case .open, .none: return .refused(refusal)
            }
        } catch {
            return .unknown(error)
        }
    }
}
