internal import Audit
public import Core
internal import Identity
public import Observability
internal import Orgs
internal import Synchronization

/// Notes refused deliveries in the log: in full once a minute for each network, then counted (STR-052, AUD-028).
///
/// Its entries refer to the network alone: nothing of an unverified body is believed (AUD-009).
public final class AuditedWebhookRejections<Store: BillingStore>: WebhookRejectionObserver {
    private struct Key: Hashable {
        let network: String
        let route: String
    }

    private struct Minute {
        var start: Instant
        var further: Int
        var bytes: Int
        var reason: String
        var client: NetworkClient
    }

    /// How many networks are remembered; beyond it the oldest are written out.
    private static var capacity: Int { 1_000 }

    private let store: Store
    private let dateSource: any DateSource
    private let log: Log
    private let minutes = Mutex<[Key: Minute]>([:])

    /// Makes an observer.
    public init(store: Store, dateSource: any DateSource, log: Log) {
        self.store = store
        self.dateSource = dateSource
        self.log = log
    }

    /// Notes one refusal.
    public func rejected(_ rejection: WebhookRejection, from remoteAddress: String, route: String, bytes: Int) async {
        let client = NetworkClient(address: remoteAddress)
        let reason = rejection == .missingSignature ? "missing_webhook_signature" : "invalid_webhook_signature"
        let key = Key(network: client.auditKey, route: route)
        let now = dateSource.now
        let isFirst = minutes.withLock { minutes in
            if var minute = minutes[key], now - minute.start < .minutes(1) {
                minute.further += 1
                minute.bytes = bytes
                minutes[key] = minute
                return false
            }
            return true
        }
        await writeCounts(before: now)
        guard isFirst else { return }
        minutes.withLock { minutes in
            minutes[key] = Minute(start: now, further: 0, bytes: bytes, reason: reason, client: client)
        }
        await write(WebhookDenied(client: client, route: route, reason: reason, size: bytes, count: nil))
    }

    /// Writes the counts of minutes that are over; the composition root also calls it when the process ends.
    public func writeCounts(before now: Instant) async {
        let over = minutes.withLock { minutes in
            let isFull = minutes.count >= Self.capacity
            let over = minutes.filter { isFull || now - $0.value.start >= .minutes(1) }
            for key in over.keys { minutes[key] = nil }
            return over
        }
        for (key, minute) in over where minute.further > 0 {
            await write(
                WebhookDenied(
                    client: minute.client, route: key.route, reason: minute.reason, size: minute.bytes, count: minute.further))
        }
    }

    private func write(_ entry: WebhookDenied) async {
        do {
            try await store.withTransaction(.system) { transaction in
                _ = try await transaction.record(entry, by: .anonymous(AuditReference(entry.client)))
            }
        } catch {
            log.error("a refused delivery could not be recorded", ["error": .string(errorChain(error))])
        }
    }
}

/// The platform's type for refused calls, with a count where several are one entry.
private struct WebhookDenied: AuditEvent {
    static let type = AuthorizationDenied.type
    let client: NetworkClient
    let route: String
    let reason: String
    let size: Int
    let count: Int?

    var risk: AuditRisk { .high }
    var references: AuditReferences { AuditReferences(AuditReference(client)) }
    var summary: String { "refused on \(route): \(reason)" + (count.map { " (\($0) more)" } ?? "") }
    var data: [String: JSONValue] {
        var data: [String: JSONValue] = ["route": .string(route), "reason": .string(reason), "size": .integer(Int64(size))]
        data["count"] = count.map { .integer(Int64($0)) }
        return data
    }
}
