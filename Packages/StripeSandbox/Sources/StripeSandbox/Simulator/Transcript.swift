internal import Core

/// The requests that arrived, in their order (STR-184).
struct Transcript: Sendable {
    struct Entry: Sendable {
        let time: Instant
        let account: String
        let requestID: String
        let method: String
        let path: String
        let query: String
        let body: String
        let idempotencyKey: String?
        let version: String?
        let userAgent: String?
        let status: Int
        let isReplay: Bool
        let fault: String?

        var json: JSONValue {
            [
                "time": .string(time.description), "account": .string(account), "request_id": .string(requestID), "method": .string(method),
                "path": .string(path), "query": .string(query), "body": .string(body), "idempotency_key": JSONValue(idempotencyKey),
                "stripe_version": JSONValue(version), "user_agent": JSONValue(userAgent), "status": .integer(Int64(status)),
                "replayed": .bool(isReplay), "fault": JSONValue(fault),
            ]
        }
    }

    private static let remembered = 10_000
    private(set) var entries: [Entry] = []

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        if entries.count > Self.remembered * 2 { entries.removeFirst(entries.count - Self.remembered) }
    }

    mutating func removeAll() {
        entries = []
    }
}
