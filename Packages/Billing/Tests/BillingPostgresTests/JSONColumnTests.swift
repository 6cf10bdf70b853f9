import Audit
import AuditPostgres
import Billing
import BillingStripe
import BillingTesting
import Core
import Cryptography
import EventLoops
import Foundation
import HTTPClient
import Identity
import IdentityPostgres
import Jobs
import JobsPostgres
import JobsTesting
import Observability
import Orgs
import PlatformTesting
import Postgres
import Synchronization
import Testing

@testable import BillingPostgres

@Suite struct JSONColumnTests {
    /// What changes a part of a JSON column in place.
    private static let byPath = ["jsonb_set", "jsonb_insert", "jsonb_path_", "jsonb_strip_nulls", "#-", "json_merge"]

    private var sources: [(name: String, text: String)] {
        get throws {
            let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            let folder = package.appending(path: "Sources")
            let paths = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            return try paths.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.map {
                ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8))
            }
        }
    }

    @Test func `BIL-154 no statement changes a JSON column by path: what is assigned to one is a whole value`() async throws {
        try await BillingWorld.with { world in
            let columns = try await world.database.adminClient.query(
                "SELECT DISTINCT column_name FROM information_schema.columns WHERE table_schema = 'billing' AND data_type LIKE 'json%'"
            ).map { try $0.decode("column_name", as: String.self) }
            #expect(
                Set(columns).isSuperset(of: ["configuration", "failure", "command", "request", "result", "exchanges", "raw_references"]))
            var assigned: Set<String> = []
            for (name, text) in try sources {
                for word in Self.byPath { #expect(!text.contains(word), "\(name) changes JSON by path: \(word)") }
                for column in columns {
                    // A subscript on the left, or anything but a parameter on the right, would change a part of what stands.
                    let pattern = try Regex(#"(?:SET|,)\s+\#(column)(\[[^\]]*\])?\s*=\s*(\S)"#)
                    for match in text.matches(of: pattern) {
                        #expect(match.output[1].substring == nil, "\(name) assigns a part of \(column)")
                        #expect(match.output[2].substring == #"\"#, "\(name) assigns something else than a value to \(column)")
                        assigned.insert(column)
                    }
                }
            }
            #expect(assigned.isSuperset(of: ["failure", "request", "result", "exchanges"]))
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `BIL-154 what is written, changed deep within, and saved is read back as it was`(_ seed: UInt64) async throws {
        try await BillingWorld.with { world in
            var numbers = SeededNumbers(seed)
            func text() -> String {
                let letters = Array("aZ0 \"\\/\n\tüé漢🚀{}[]:,'$%_\u{1}")
                return String((0..<Int.random(in: 0...24, using: &numbers)).compactMap { _ in letters.randomElement(using: &numbers) })
            }
            let (_, id) = try await world.checkout(configuration: ["name": .string(text()), "deep": ["list": [1, nil, .string(text())]]])
            for _ in 1...6 {
                try await world.store.withTransaction(.system) { transaction in
                    var row = try #require(try await transaction.lockedSubscription(id))
                    var failure =
                        row.failure ?? ProvisioningFailure(code: "NO_ROOM", message: text(), at: world.now + .microseconds(1))
                    failure.compensationErrors.append(text())
                    let position = Int.random(in: failure.compensationErrors.indices, using: &numbers)
                    failure.compensationErrors[position] = text()
                    row.failure = failure
                    try await transaction.save(row)
                    let again = try #require(try await transaction.subscription(id))
                    #expect(again.failure == failure)
                    #expect(again.configuration == row.configuration)
                    let newest = try await transaction.postgres.query(
                        "SELECT id FROM billing.intent ORDER BY created_at DESC, id DESC LIMIT 1")
                    let sent = try #require(newest.first).decode("id", as: ProviderIntent.ID.self)
                    var intent = try #require(try await transaction.lockedIntent(sent))
                    intent.note([
                        ProviderExchange(
                            attempt: Int.random(in: 1...9, using: &numbers), status: Bool.random(using: &numbers) ? 200 : nil,
                            requestID: text(), originalRequest: nil, isReplay: Bool.random(using: &numbers),
                            milliseconds: Int64.random(in: 0...Int64.max, using: &numbers))
                    ])
                    try await transaction.save(intent)
                    #expect(try await transaction.intent(intent.id) == intent)
                }
            }
        }
    }

    @Test(arguments: ["command", "request", "exchanges"])
    func `BIL-154 a key of ours that nobody knows is refused and not lost with the next write`(_ column: String) async throws {
        try await BillingWorld.with { world in
            _ = try await world.checkout()
            let id = try #require(
                try await world.database.adminClient.query(
                    """
                    UPDATE billing.intent SET \(identifier: column) = CASE WHEN \(column)::text = 'exchanges'
                        THEN jsonb_build_array(jsonb_build_object('attempt', 1, 'isReplay', false, 'milliseconds', 1, 'stranger', 1))
                        ELSE \(identifier: column) || '{"stranger": {"a": 1}}' END
                    WHERE kind = 'open_checkout' RETURNING id
                    """
                ).first
            ).decode("id", as: ProviderIntent.ID.self)
            await #expect(throws: BillingStoreError.self) {
                _ = try await world.store.withTransaction(.system) { try await $0.intent(id) }
            }
        }
    }

    @Test func `BIL-154 unknown keys of the provider's own data are kept byte for byte`() async throws {
        try await BillingWorld.with { world in
            let body = Array(
                #"{"id":"evt_1","type":"x","data":{"object":{"id":"x_1","brand_new":{"deep":[1,{"ü":null}]}}},"more":1.50}"#.utf8)
            let event = VerifiedEvent(
                provider: "stripe", id: ProviderID("evt_1"), type: "brand.new", apiVersion: nil, livemode: false, created: world.now,
                objectID: ProviderID("x_1"), objectType: nil, references: .init())
            let inbound = InboundEvent(id: .make(at: world.now), event, body: body, receivedAt: world.now)
            #expect(try await world.store.receive(inbound))
            try await world.drain()
            #expect(try await world.store.event(inbound.id)?.body == body)
        }
    }
}
