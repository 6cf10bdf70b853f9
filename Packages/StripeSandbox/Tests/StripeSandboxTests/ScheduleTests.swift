import Core
import Testing

@Suite struct ScheduleTests {
    @Test func `STR-161 phases follow one another at their borders, billed at their own prices, and end in a release or with the end`()
        async throws
    {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let large = try await Shop(sandbox, amount: 5_000, lookupKey: "large").price
            func schedule(_ end: String) async throws -> Sandbox.Answer {
                try await sandbox.call(
                    "POST", "/v1/subscription_schedules",
                    [
                        ("customer", shop.customer), ("start_date", "now"), ("end_behavior", end),
                        ("phases[0][items][0][price]", shop.price), ("phases[0][duration][interval]", "month"),
                        ("phases[0][metadata][phase]", "first"), ("phases[1][items][0][price]", large),
                        ("phases[1][items][0][quantity]", "2"), ("phases[1][duration][interval]", "month"),
                        ("phases[1][proration_behavior]", "none"), ("expand[]", "subscription"),
                    ])
            }
            let (released, ended) = (try await schedule("release"), try await schedule("cancel"))
            #expect(released.json["status"] == "active" && released.json["subscription"]?["status"] == "active")
            let ids = [released, ended].compactMap { $0.json["subscription"]?["id"]?.stringValue }
            #expect(ids.count == 2)
            #expect(try await shop.subscription(ids[0])["metadata"]?["phase"] == "first")
            try await sandbox.advance(days: 32)
            for id in ids {
                let bills = try await sandbox.call("GET", "/v1/invoices", [("subscription", id)])
                #expect(bills.json["data"]?.arrayValue?.map { $0["amount_paid"] } == [10_000, 2_000])
            }
            try await sandbox.advance(days: 31)
            #expect(try await sandbox.call("GET", "/v1/subscription_schedules/\(released.id)").json["status"] == "released")
            #expect(try await sandbox.call("GET", "/v1/subscription_schedules/\(ended.id)").json["status"] == "completed")
            #expect(try await shop.subscription(ids[0])["status"] == "active")
            #expect(try await shop.subscription(ids[0])["schedule"] == .null)
            #expect(try await shop.subscription(ids[1])["status"] == "canceled")
            let types = sandbox.receiver.types.filter { $0.hasPrefix("subscription_schedule") }
            #expect(types.filter { $0 == "subscription_schedule.created" }.count == 2)
            #expect(types.filter { $0 == "subscription_schedule.updated" }.count == 2)
            #expect(types.filter { $0 == "subscription_schedule.expiring" }.count == 2)
            #expect(types.filter { $0 == "subscription_schedule.released" }.count == 1)
            #expect(types.filter { $0 == "subscription_schedule.completed" }.count == 1)
        }
    }

    @Test func `STR-161 a scheduled subscription refuses its direct end until it is released; a schedule's end ends it`() async throws {
        try await Sandbox.run { sandbox in
            let shop = try await Shop(sandbox)
            try await shop.attach("pm_card_visa")
            let large = try await Shop(sandbox, amount: 5_000, lookupKey: "large").price
            let subscription = try await shop.subscribe()
            let path = "/v1/subscriptions/\(subscription.id)"
            let schedules = "/v1/subscription_schedules"
            let made = try await sandbox.call("POST", schedules, [("from_subscription", subscription.id)])
            #expect(made.json["phases"]?.arrayValue?.count == 1)
            #expect(try await shop.subscription(subscription.id)["schedule"] == .string(made.id))
            #expect(try await sandbox.call("POST", schedules, [("from_subscription", subscription.id)]).status == 400)
            for attempt in [("POST", [("cancel_at_period_end", "true")]), ("DELETE", [])] {
                let refused = try await sandbox.call(attempt.0, path, attempt.1)
                #expect(refused.status == 400 && refused.json["error"]?["message"]?.stringValue?.contains(made.id) == true)
            }
            #expect(try await shop.subscription(subscription.id)["status"] == "active")
            let start = try #require(made.json["phases"]?.arrayValue?.first?["start_date"]?.integerValue)
            let end = try #require(made.json["phases"]?.arrayValue?.first?["end_date"]?.integerValue)
            let changed = try await sandbox.call(
                "POST", schedules + "/\(made.id)",
                [
                    ("phases[0][start_date]", "\(start)"), ("phases[0][end_date]", "\(end)"), ("phases[0][items][0][price]", shop.price),
                    ("phases[1][items][0][price]", large), ("metadata[why]", "upgrade"),
                ])
            #expect(changed.json["phases"]?.arrayValue?.count == 2 && changed.json["metadata"]?["why"] == "upgrade")
            let released = try await sandbox.call("POST", schedules + "/\(made.id)/release")
            #expect(released.json["status"] == "released" && released.json["released_subscription"] == .string(subscription.id))
            #expect(try await sandbox.call("POST", schedules + "/\(made.id)/release").status == 400)
            #expect(try await sandbox.call("DELETE", path).json["status"] == "canceled")

            let other = try await shop.subscribe()
            let doomed = try await sandbox.call("POST", schedules, [("from_subscription", other.id)])
            #expect(try await sandbox.call("POST", schedules + "/\(doomed.id)/cancel").json["status"] == "canceled")
            #expect(try await shop.subscription(other.id)["status"] == "canceled")
            let later = try await sandbox.call(
                "POST", schedules,
                [
                    ("customer", shop.customer), ("start_date", "\(start + 40 * 86_400)"), ("phases[0][items][0][price]", shop.price),
                ])
            #expect(later.json["status"] == "not_started" && later.json["subscription"] == .null)
            let waiting = try await sandbox.call("GET", schedules, [("scheduled", "true")])
            #expect(waiting.json["data"]?.arrayValue?.map { $0["id"] } == [.string(later.id)])
            try await sandbox.advance(days: 41)
            #expect(try await sandbox.call("GET", schedules + "/\(later.id)").json["status"] == "active")
        }
    }
}
