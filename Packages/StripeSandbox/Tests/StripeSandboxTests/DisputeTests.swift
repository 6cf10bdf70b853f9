import Core
import Testing

@Suite struct DisputeTests {
    /// Charges a card whose holder contests what it is charged.
    private func contested(_ card: String, _ sandbox: Sandbox, _ shop: Shop) async throws -> (charge: String, dispute: String) {
        let session = try await shop.checkout()
        _ = try await sandbox.page("POST", session.json["url"]?.stringValue ?? "", json: ["card": .string(card)])
        try await sandbox.control("POST", "/clock", ["by_seconds": 60])
        let charges = try await sandbox.call("GET", "/v1/charges", [("customer", shop.customer)])
        let disputes = try await sandbox.call("GET", "/v1/disputes")
        return (
            charges.json["data"]?.arrayValue?.first?["id"]?.stringValue ?? "",
            disputes.json["data"]?.arrayValue?.first?["id"]?.stringValue ?? ""
        )
    }

    @Test(arguments: [("winning_evidence", "won"), ("losing_evidence", "lost")])
    func `STR-160 evidence decides a dispute, and its events come in the order of the specification`(_ words: String, _ end: String)
        async throws
    {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            let (charge, dispute) = try await contested("4000000000000259", sandbox, shop)
            #expect(try await sandbox.call("GET", "/v1/charges/\(charge)").json["disputed"] == true)
            #expect(try await sandbox.call("POST", "/v1/refunds", [("charge", charge)]).status == 400)
            let decided = try await sandbox.call(
                "POST", "/v1/disputes/\(dispute)", [("evidence[uncategorized_text]", words)])
            #expect(decided.json["status"] == .string(end))
            #expect(try await sandbox.call("POST", "/v1/disputes/\(dispute)/close").status == 400)
            #expect(try await sandbox.call("POST", "/v1/refunds", [("charge", charge)]).status == (end == "won" ? 200 : 400))
            try await sandbox.control("POST", "/quiesce")
            let told = sandbox.receiver.types.filter { $0.hasPrefix("charge.dispute.") }
            let expected = ["created", "funds_withdrawn", "updated", "closed"] + (end == "won" ? ["funds_reinstated"] : [])
            #expect(Set(told) == Set(expected.map { "charge.dispute." + $0 }))
            #expect(told.count == expected.count)
        }
    }

    @Test func `STR-160 an account may end what was disputed an hour later`() async throws {
        try await Sandbox.run { sandbox in
            try await sandbox.control("POST", "/settings", ["dispute_cancel": true])
            let shop = try await Shop(sandbox)
            _ = try await contested("4000000000002685", sandbox, shop)
            let list = try await sandbox.call("GET", "/v1/subscriptions", [("customer", shop.customer)])
            let id = list.json["data"]?.arrayValue?.first?["id"]?.stringValue ?? ""
            try await sandbox.control("POST", "/clock", ["by_seconds": 3_599])
            #expect(try await sandbox.call("GET", "/v1/subscriptions/\(id)").json["status"] == "active")
            try await sandbox.control("POST", "/clock", ["by_seconds": 2])
            let ended = try await sandbox.call("GET", "/v1/subscriptions/\(id)")
            #expect(ended.json["status"] == "canceled")
            #expect(ended.json["cancellation_details"]?["reason"] == "payment_disputed")
        }
    }
}
