internal import Core
internal import EventLoops
internal import HTTPClient
internal import Lifecycle
internal import Observability

/// Sends what is due, and lets the simulator's timers run as its clock goes on.
struct DeliveryEngine: Service {
    /// How long an endpoint may take to answer (STR-165).
    private static let patience = Duration.seconds(20)
    /// How long to wait at most before the clock is looked at again: somebody may have moved it.
    private static let longestPause = Duration.seconds(5)

    let simulator: StripeSimulator
    let transport: any HTTPTransport
    let loop: EventLoop
    let log: Log

    func run() async throws {
        let shutdown = GracefulShutdown.current
        let registration = shutdown.onRequest { simulator.changes.notify() }
        defer { registration.cancel() }
        await withDiscardingTaskGroup { group in
            while !shutdown.isRequested, !Task.isCancelled {
                let generation = simulator.changes.generation
                let due = simulator.takeDeliveries()
                for delivery in due {
                    group.addTask { await send(delivery) }
                }
                if !due.isEmpty { continue }
                let pause =
                    simulator.nextDue.map { min(max($0 - simulator.clock.now, .milliseconds(1)), Self.longestPause) } ?? Self.longestPause
                let timer = loop.schedule(after: pause) { simulator.changes.notify() }
                await withTaskCancellationHandler {
                    await simulator.changes.wait(after: generation)
                } onCancel: {
                    simulator.changes.notify()
                }
                timer.cancel()
            }
        }
    }

    private func send(_ delivery: Delivery) async {
        guard let message = simulator.message(for: delivery) else { return }
        var request = ClientRequest("POST", message.url, body: message.body, timeout: Self.patience)
        request.headers["Content-Type"] = "application/json; charset=utf-8"
        request.headers["Accept"] = "*/*; q=0.5, application/xml"
        request.headers["User-Agent"] = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"
        if let signature = message.signature { request.headers["Stripe-Signature"] = signature }
        do {
            let response = try await transport.send(request)
            simulator.finish(delivery, .status(response.status))
        } catch {
            log.debug("delivery failed", ["event": .string(delivery.event), "error": .string(errorChain(error))])
            simulator.finish(delivery, .failed(errorChain(error)))
        }
    }
}
