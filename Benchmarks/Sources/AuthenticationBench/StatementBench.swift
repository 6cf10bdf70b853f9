import Core
import EventLoops
import Identity
import IdentityPostgres
import Postgres

/// The statement that authenticates a request, and the least that a statement can cost: both through the client, in turn, by the same callers.
struct StatementBench: Sendable {
    let client: PostgresClient
    let loops: EventLoopGroup
    let callers: Int
    let calls: Int
    /// Another one takes other sessions and keys.
    let seed: Int
    /// The network that the loaded keys are known in.
    private let caller = ClientContext(address: "203.0.113.7", userAgent: nil)

    private enum Kind: String, CaseIterable {
        case floor = "select_1"
        case session
        case sessionWritingUse = "session_writing_its_use"
        case key
        case keyWritingUse = "key_writing_its_use"
    }

    func run() async throws {
        let store = PostgresIdentityStore(client: client, dateSource: SystemDateSource())
        // When everything that was loaded was used last.
        let used = try await client.query(
            "SELECT (SELECT min(created_at) FROM identity.session) AS session, (SELECT min(created_at) FROM identity.api_key) AS key",
            scope: .system
        )[0].decode((Instant, Instant).self)
        let sample = callers * calls * 2
        let sessions = try await client.query(
            "SELECT id FROM identity.session TABLESAMPLE BERNOULLI (4) REPEATABLE (\(Double(seed))) ORDER BY md5(id::text) LIMIT \(Int64(sample))",
            scope: .system
        ).map { CredentialLookup.session(try $0.decode("id"), generation: 1) }
        let keys = try await client.query(
            "SELECT key_hash FROM identity.api_key TABLESAMPLE BERNOULLI (8) REPEATABLE (\(Double(seed))) ORDER BY md5(id::text) LIMIT \(Int64(sample))",
            scope: .system
        ).map { CredentialLookup.apiKey(SecretDigest(bytes: try $0.decode("key_hash"))) }
        guard sessions.count == sample, keys.count == sample else { return print("there are too few sessions or keys") }
        // Connections are made, and the statement is planned for all time, before the first call counts.
        for kind in Kind.allCases { _ = try await measure(kind, store, sessions[...], keys[...], used, calls: 20) }
        let half = sample / 2
        for kind in Kind.allCases {
            let range = kind == .sessionWritingUse || kind == .keyWritingUse ? half..<sample : 0..<half
            print(kind.rawValue, try await measure(kind, store, sessions[range], keys[range], used, calls: calls).line)
        }
        await client.close()
    }

    private func measure(
        _ kind: Kind, _ store: PostgresIdentityStore, _ sessions: ArraySlice<CredentialLookup>, _ keys: ArraySlice<CredentialLookup>,
        _ used: (session: Instant, key: Instant), calls: Int
    ) async throws -> Times {
        try await withThrowingTaskGroup(of: Times.self) { group in
            for number in 0..<callers {
                group.addTask(executorPreference: loops.loops[number % loops.loops.count]) {
                    var times = Times()
                    for call in 0..<calls {
                        let at = number * calls + call
                        let start = ContinuousClock.now
                        switch kind {
                        case .floor: _ = try await client.query("SELECT 1")
                        case .session:
                            try await authenticate(sessions[sessions.startIndex + at], at: used.session + .seconds(30), in: store)
                        case .sessionWritingUse:
                            try await authenticate(sessions[sessions.startIndex + at], at: used.session + .seconds(90), in: store)
                        case .key: try await authenticate(keys[keys.startIndex + at], at: used.key + .seconds(30), in: store)
                        case .keyWritingUse: try await authenticate(keys[keys.startIndex + at], at: used.key + .seconds(90), in: store)
                        }
                        times.add(start.duration(to: .now))
                    }
                    return times
                }
            }
            return try await group.reduce(into: Times()) { $0.add($1) }
        }
    }

    private func authenticate(_ lookup: CredentialLookup, at now: Instant, in store: PostgresIdentityStore) async throws {
        guard let row = try await store.authenticate(lookup, actingFor: nil, from: caller, touches: true, at: now), row.orgScope != nil
        else {
            throw NotFound()
        }
    }

    /// A credential that was loaded does not authenticate, or finds no org.
    private struct NotFound: Error {}
}
