internal import Core

/// What goes over the wire for one delivery.
struct DeliveryMessage: Sendable {
    let id: Int
    let url: String
    let body: [UInt8]
    let signature: String?
}

extension StripeSimulator {
    /// The message of a delivery, signed for this attempt (STR-165).
    ///
    /// - Returns: `nil` when its endpoint is gone or disabled; the delivery is then given up.
    func message(for delivery: Delivery) -> DeliveryMessage? {
        let now = clock.now
        let message = withWorld { world -> DeliveryMessage? in
            guard let account = world.accounts[delivery.account], let endpoint = account.endpoints[delivery.endpoint], endpoint.isEnabled,
                let event = account.events[delivery.event], let body = try? JSON.encode(event.json(in: account))
            else {
                world.deliveries.drop(delivery.id)
                if !delivery.isExtra { world.accounts[delivery.account]?.settleDelivery(of: delivery.event, succeeded: false) }
                return nil
            }
            return DeliveryMessage(
                id: delivery.id, url: endpoint.url, body: body,
                signature: WebhookSignature.header(
                    for: body, at: now.secondsSinceEpoch, secrets: endpoint.secrets, form: delivery.signature))
        }
        if message == nil { changes.notify() }
        return message
    }

    /// Notes what came of a delivery.
    func finish(_ delivery: Delivery, _ outcome: DeliveryOutcome) {
        let now = clock.now
        withWorld { world in
            let retries = world.accounts[delivery.account]?.settings.deliveryRetries ?? []
            guard let ended = world.deliveries.finish(delivery.id, outcome, retries: retries, at: now), !delivery.isExtra else { return }
            world.accounts[delivery.account]?.occasion.now = now.secondsSinceEpoch
            world.accounts[delivery.account]?.settleDelivery(of: delivery.event, succeeded: ended)
        }
        changes.notify()
    }

    /// Sends an event once more to every endpoint that wants it, or to one.
    func resend(_ event: String, account key: String, endpoint: String?, times: Int, signature: SignatureForm) throws -> Int {
        defer { changes.notify() }
        return try withWorld { world in
            guard let account = world.accounts[key], let event = account.events[event] else { throw StripeError.noSuch("event", event) }
            let targets = account.endpoints.newestFirst.filter { $0.isEnabled && (endpoint == nil || $0.id == endpoint) }.map(\.id)
            world.deliveries.resend(event, to: targets, account: key, times: times, signature: signature, at: clock.now)
            return targets.count * times
        }
    }
}
