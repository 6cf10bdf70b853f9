public import Core

/// Takes deliveries of the provider in: verifies the bytes, keeps the event, and does nothing else (STR-060).
public struct WebhookIntake: WebhookReceiving {
    private let deliveries: DeliveryGroups
    private let verifier: any WebhookVerifying
    private let dateSource: any DateSource

    /// Makes an intake.
    public init(store: any DeliveryKeeping, verifier: any WebhookVerifying, dateSource: any DateSource) {
        deliveries = DeliveryGroups(store: store)
        self.verifier = verifier
        self.dateSource = dateSource
    }

    /// Keeps a delivery; a known event changes nothing.
    public func receive(signature: String?, body: [UInt8]) async throws -> InboundEvent.ID {
        let now = dateSource.now
        let event = InboundEvent(
            id: .make(at: now), try verifier.verify(signature: signature, body: body, now: now), body: body, receivedAt: now)
        try await deliveries.keep(event)
        return event.id
    }
}

/// Takes deliveries of the provider in.
public protocol WebhookReceiving: Sendable {
    /// Keeps a delivery.
    ///
    /// - Throws: ``WebhookRejection`` when it was not signed by the provider, not lately, or is no event.
    @discardableResult
    func receive(signature: String?, body: [UInt8]) async throws -> InboundEvent.ID
}

/// Hears of deliveries that were not accepted, to note them in the log with counts (STR-052, AUD-028).
public protocol WebhookRejectionObserver: Sendable {
    /// A delivery was refused.
    ///
    /// - Parameter remoteAddress: where it came from.
    func rejected(_ rejection: WebhookRejection, from remoteAddress: String, route: String, bytes: Int) async
}
