import Core
import Foundation
import HTTPClient
import PlatformTesting
import StripeSandbox
import Testing

/// What is saved, restored, emptied and kept over a restart.
@Suite struct StateTests {
    private let saved = "/state/saved"

    /// A folder for the length of a test.
    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "trellis-simulator-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    /// An account in which there is something of nearly every kind, with timers of both sorts.
    private func live(in sandbox: Sandbox) async throws -> Shop {
        let shop = try await Shop(sandbox)
        try await shop.attach("pm_card_visa")
        try await sandbox.call("POST", "/v1/coupons", [("id", "spring"), ("percent_off", "12.5"), ("duration", "forever")])
        try await sandbox.call("POST", "/v1/promotion_codes", [("promotion[type]", "coupon"), ("promotion[coupon]", "spring")])
        let rate = try await sandbox.call("POST", "/v1/tax_rates", [("display_name", "VAT"), ("percentage", "20"), ("inclusive", "false")])
        _ = try await shop.subscribe([("discounts[0][coupon]", "spring"), ("default_tax_rates[0]", rate.id)])
        _ = try await shop.checkout()
        try await sandbox.call(
            "POST", "/v1/subscription_schedules",
            [
                ("customer", shop.customer), ("start_date", "now"), ("phases[0][items][0][price]", shop.price),
                ("phases[0][duration][interval]", "month"),
            ])
        let frozen = sandbox.clock.now.secondsSinceEpoch
        let clock = try await sandbox.call("POST", "/v1/test_helpers/test_clocks", [("frozen_time", "\(frozen)")])
        let other = try await sandbox.call(
            "POST", "/v1/customers",
            [
                ("test_clock", clock.id), ("payment_method", "pm_card_visa"),
                ("invoice_settings[default_payment_method]", "pm_card_visa"),
            ])
        try await sandbox.call("POST", "/v1/subscriptions", [("customer", other.id), ("items[0][price]", shop.price)])
        try await sandbox.control(
            "POST", "/acts",
            [
                "act": "call", "method": "POST", "path": .string("/v1/customers/\(shop.customer)/balance_transactions"),
                "parameters": ["amount": -700, "currency": "usd"],
            ])
        try await sandbox.advance(days: 40)
        return shop
    }

    private func account(_ sandbox: Sandbox, _ key: String = Sandbox.secretKey) async throws -> JSONValue {
        let answer = try await sandbox.control("GET", "\(saved)?account=\(key)")
        #expect(answer.status == 200)
        return try #require(answer.json["account"])
    }

    @Test func `STR-171 an account is saved whole, restored as it was or under another key, and emptied alone`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await live(in: sandbox)
            try await sandbox.quiesce()
            let before = try await account(sandbox)
            let kinds = try #require(before["objects"]?.objectValue).keys
            #expect(kinds.count >= 18, "\(kinds.sorted())")
            let document = try await sandbox.control("GET", saved).json
            // Twins live on alike: the one that was restored, and the one under another key.
            try await sandbox.call("POST", "/v1/customers", [("name", "made after it was saved")])
            for key in [Sandbox.secretKey, "sk_test_twin"] {
                #expect(try await sandbox.control("PUT", "\(saved)?account=\(key)", document).status == 204)
                #expect(try await account(sandbox, key) == before)
            }
            try await sandbox.advance(days: 35)
            let (one, twin) = (try await account(sandbox), try await account(sandbox, "sk_test_twin"))
            #expect(one == twin)
            #expect(one["objects"]?["invoice"]?.arrayValue?.count ?? 0 > before["objects"]?["invoice"]?.arrayValue?.count ?? 0)
            #expect(try await sandbox.control("DELETE", "/state?account=sk_test_twin").status == 204)
            #expect(try await sandbox.call("GET", "/v1/customers/\(shop.customer)", apiKey: "sk_test_twin").status == 404)
            #expect(try await account(sandbox) == one)
        }
    }

    @Test func `STR-171 what is no saved account is refused and changes nothing`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.call("POST", "/v1/customers", [("name", "stays")])
            try await sandbox.quiesce()
            let document = try #require(await sandbox.control("GET", saved).json.objectValue)
            let before = try await account(sandbox)
            var strange = try #require(document["account"]?.objectValue)
            strange["objects"] = ["unicorn": []]
            var broken = try #require(document["account"]?.objectValue)
            broken["objects"] = ["customer": [["id": "cus_1"]]]
            let wrong: [[String: JSONValue]] = [
                ["format": 2], ["now": .string((sandbox.clock.now + .seconds(1)).description)], ["account": .object(strange)],
                ["account": .object(broken)], ["account": [:]],
            ]
            for change in wrong {
                let refused = try await sandbox.control("PUT", saved, .object(document.merging(change) { _, new in new }))
                #expect(refused.status == 422, "\(change.keys)")
            }
            #expect(try await account(sandbox) == before)
            #expect(try await sandbox.control("GET", "\(saved)?account=sk_test_nobody").status == 404)
        }
    }

    @Test func `STR-171 a restart with a journal goes on where the process ended, at any moment: state, time, keys, deliveries`()
        async throws
    {
        try await withFolder { folder in
            let journal = folder.appending(path: "journal").path()
            let copy = folder.appending(path: "copy").path()
            var before = JSONValue.null
            var now = Instant(secondsSinceEpoch: 0)
            var (created, customer) = (Sandbox.Answer(status: 0, headers: ClientHeaders(), bytes: []), "")
            try await Sandbox.run(configure: { $0.journalPath = journal }) { sandbox in
                customer = try await live(in: sandbox).customer
                created = try await sandbox.call("POST", "/v1/customers", [("name", "once")], key: "the-key")
                // This event's first attempt fails; the next is due in a minute.
                try await sandbox.quiesce()
                sandbox.receiver.answerNext([500])
                try await sandbox.call("POST", "/v1/products", [("name", "told late")])
                try await sandbox.quiesce()
                before = try await account(sandbox)
                now = sandbox.clock.now
                // Whatever was answered is in the file while the process lives: its end, however sudden, takes nothing away.
                try FileManager.default.copyItem(atPath: journal, toPath: copy)
                await #expect(throws: (any Error).self) {
                    try await Sandbox.run(configure: { $0.journalPath = journal }) { _ in }
                }
            }
            let mode = try FileManager.default.attributesOfItem(atPath: journal)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            for path in [journal, copy] {
                try await Sandbox.run(configure: { $0.journalPath = path }) { sandbox in
                    #expect(sandbox.clock.now == now)
                    // The endpoint is where this start says; all else is as it was.
                    let resumed = try await account(sandbox)
                    #expect(without(resumed, "webhook_endpoint") == without(before, "webhook_endpoint"))
                    let again = try await sandbox.call("POST", "/v1/customers", [("name", "once")], key: "the-key")
                    #expect(again.bytes == created.bytes && again.headers["Idempotent-Replayed"] == "true")
                    #expect(again.headers["Request-Id"] != created.headers["Request-Id"])
                    #expect(sandbox.receiver.received.isEmpty)
                    try await sandbox.control("POST", "/clock", ["by_seconds": 61])
                    #expect(sandbox.receiver.types == ["product.created"])
                    try await sandbox.advance(days: 31)
                    #expect(sandbox.receiver.types.contains("invoice.paid"))
                    let numbers =
                        try await sandbox.call("GET", "/v1/invoices", [("customer", customer), ("limit", "100")]).json["data"]?
                        .arrayValue?.compactMap { $0["number"]?.stringValue } ?? []
                    #expect(Set(numbers).count == numbers.count && numbers.count >= 4)
                    #expect(try await sandbox.control("DELETE", "/state").status == 204)
                }
                try await Sandbox.run(configure: { $0.journalPath = path }) { sandbox in
                    let customers = try await sandbox.call("GET", "/v1/customers").json["data"]
                    #expect(customers?.arrayValue?.isEmpty == true)
                }
            }
        }
    }

    private func without(_ account: JSONValue, _ kind: String) -> JSONValue {
        guard case .object(var members) = account, case .object(var objects)? = members["objects"] else { return account }
        objects[kind] = nil
        members["objects"] = .object(objects)
        return .object(members)
    }

    @Test func `STR-171 the rest of a line is left out, and a whole line that cannot be read stops the start and stays`() async throws {
        try await withFolder { folder in
            let journal = folder.appending(path: "journal")
            var path = ""
            try await Sandbox.run(configure: { $0.journalPath = journal.path() }) { sandbox in
                path = "/v1/customers/" + (try await sandbox.call("POST", "/v1/customers", [("name", "kept")]).id)
            }
            let handle = try FileHandle(forWritingTo: journal)
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(#"{"now":"2026-"#.utf8))
            try handle.close()
            try await Sandbox.run(configure: { $0.journalPath = journal.path() }) { sandbox in
                let kept = try await sandbox.call("GET", path)
                #expect(kept.status == 200)
            }
            let damaged = try Data(contentsOf: journal) + Data("{}\n".utf8)
            try damaged.write(to: journal)
            await #expect(throws: (any Error).self) { try await Sandbox.run(configure: { $0.journalPath = journal.path() }) { _ in } }
            #expect(try Data(contentsOf: journal) == damaged)
        }
    }

    @Test func `STR-171 it speaks TLS by an authority of its own, which lasts, and to nobody who does not trust it`() async throws {
        try await withFolder { folder in
            let tls = folder.appending(path: "tls").path()
            var authority = Data()
            for _ in 0..<2 {
                try await Sandbox.run(configure: { $0.tls = .init(folder: tls) }) { sandbox in
                    let url = try #require(sandbox.tlsURL)
                    let certificate = URL(filePath: tls).appending(path: "authority.pem")
                    var configuration = CurlTransport.Configuration()
                    configuration.certificateBundlePath = certificate.path()
                    let (trusting, other) = (CurlTransport(configuration: configuration), CurlTransport(configuration: .init()))
                    var request = ClientRequest("POST", url + "/v1/customers", body: Array("name=by%20TLS".utf8))
                    request.headers["Authorization"] = "Bearer \(Sandbox.secretKey)"
                    request.headers["Content-Type"] = "application/x-www-form-urlencoded"
                    let made = try await trusting.send(request)
                    #expect(made.status == 200)
                    // Many at once, and an answer larger than one record.
                    try await withThrowingTaskGroup(of: Int.self) { group in
                        for _ in 0..<40 { group.addTask { [request] in try await trusting.send(request).status } }
                        for try await status in group { #expect(status == 200) }
                    }
                    var list = ClientRequest("GET", url + "/v1/customers?limit=100")
                    list.headers["Authorization"] = "Bearer \(Sandbox.secretKey)"
                    let bytes = try await trusting.send(list).body
                    #expect(bytes.count > 16_384)
                    #expect(try JSON.decode(JSONValue.self, from: bytes)["data"]?.arrayValue?.count == 41)
                    let refused = await #expect(throws: TransportError.self) { try await other.send(request) }
                    #expect(refused?.kind == .certificate)
                    let plain = try await sandbox.call("GET", "/v1/customers", [("limit", "100")])
                    #expect(plain.json["data"]?.arrayValue?.count == 41)
                    trusting.close()
                    other.close()
                    let present = try Data(contentsOf: certificate)
                    if authority.isEmpty { authority = present } else { #expect(present == authority) }
                    let mode = try FileManager.default.attributesOfItem(atPath: tls + "/authority.key")[.posixPermissions] as? Int
                    #expect(mode == 0o600)
                }
            }
            let broken = URL(filePath: tls).appending(path: "authority.key")
            try Data("no key".utf8).write(to: broken)
            await #expect(throws: (any Error).self) { try await Sandbox.run(configure: { $0.tls = .init(folder: tls) }) { _ in } }
        }
    }
}
