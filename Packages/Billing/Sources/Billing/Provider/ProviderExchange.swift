/// One exchange with the provider for an intent, as the intent remembers it: never a body (STR-020).
public struct ProviderExchange: Codable, Hashable, Sendable {
    /// Which try of the call it was, from 1.
    public let attempt: Int
    /// The status of the answer; `nil` when there was none.
    public let status: Int?
    /// The provider's id of the request.
    public let requestID: String?
    /// The provider's id of the request whose answer was repeated.
    public let originalRequest: String?
    /// Whether the answer was a repeated one.
    public let isReplay: Bool
    /// How long it took.
    public let milliseconds: Int64

    /// Describes an exchange.
    public init(attempt: Int, status: Int?, requestID: String?, originalRequest: String?, isReplay: Bool, milliseconds: Int64) {
        self.attempt = attempt
        self.status = status
        self.requestID = requestID
        self.originalRequest = originalRequest
        self.isReplay = isReplay
        self.milliseconds = milliseconds
    }
}

/// What sending an intent gave, and the exchanges that it took.
public struct ProviderReply: Hashable, Sendable {
    /// What became of the command.
    public let outcome: ProviderOutcome
    /// Every exchange, in order.
    public let exchanges: [ProviderExchange]

    /// Describes a reply.
    public init(_ outcome: ProviderOutcome, exchanges: [ProviderExchange]) {
        self.outcome = outcome
        self.exchanges = exchanges
    }
}

extension PaymentProvider {
    /// Sends the stored request of an intent and tells only what became of it.
    public func send(_ request: ProviderRequest, for intent: ProviderIntent, budget: CallBudget) async -> ProviderOutcome {
        await exchange(request, for: intent, budget: budget).outcome
    }
}
