internal import Core

extension Account {
    static let testClockOperations: [Operation] = [
        Operation("POST", "/v1/test_helpers/test_clocks") { account, call in
            guard let time = try call.parameters.integer("frozen_time") else { throw call.parameters.missing("frozen_time") }
            let name = try call.parameters.string("name")
            try call.parameters.finish()
            let clock = TestClock(id: account.ids.id("clock"), created: account.occasion.now, name: name, frozenTime: time)
            account.testClocks.insert(clock)
            account.testClockTimers[clock.id] = account.emptyQueue
            account.announce("test_helpers.test_clock.created", \.testClocks, clock.id)
            return clock.json(in: account)
        },
        Operation("GET", "/v1/test_helpers/test_clocks") {
            try $0.page($0.testClocks.newestFirst, $1, url: "/v1/test_helpers/test_clocks")
        },
        Operation("GET", "/v1/test_helpers/test_clocks/{id}") { account, call in
            try call.parameters.finish()
            return try account.testClock(call.id).json(in: account)
        },
        Operation("DELETE", "/v1/test_helpers/test_clocks/{id}") { account, call in
            try call.parameters.finish()
            let clock = try account.testClock(call.id)
            for customer in account.customers.newestFirst where customer.testClock == clock.id && !customer.isDeleted {
                account.remove(customer.id)
            }
            account.announce("test_helpers.test_clock.deleted", \.testClocks, clock.id)
            account.testClocks.remove(clock.id)
            account.testClockTimers[clock.id] = nil
            return ["id": .string(clock.id), "object": "test_helpers.test_clock", "deleted": true]
        },
        Operation("POST", "/v1/test_helpers/test_clocks/{id}/advance") { account, call in
            guard let time = try call.parameters.integer("frozen_time") else { throw call.parameters.missing("frozen_time") }
            try call.parameters.finish()
            let clock = try account.testClock(call.id)
            try account.checkAdvance(clock, to: time)
            account.testClocks.modify(clock.id) { $0.status = "advancing" }
            account.announce("test_helpers.test_clock.advancing", \.testClocks, clock.id)
            // Stripe answers before the clock has arrived; here it has arrived when the answer is read again, or after the time set for it.
            let answer = account.testClocks[clock.id]?.json(in: account) ?? .null
            let delay = account.settings.clockDelay
            if delay > 0 {
                account.timers.add(.arrive(testClock: clock.id, at: time), at: account.occasion.now + delay)
            } else {
                account.arrive(clock.id, at: time)
            }
            return answer
        },
    ]

    private func testClock(_ id: String) throws -> TestClock {
        guard let clock = testClocks[id] else { throw StripeError.noSuch("test_clock", id) }
        return clock
    }

    /// A clock has come to where it was sent.
    mutating func arrive(_ id: String, at time: Int64) {
        guard testClocks[id]?.status == "advancing" else { return }
        advanceTestClock(id, to: time)
        testClocks.modify(id) { $0.status = "ready" }
        announce("test_helpers.test_clock.ready", \.testClocks, id)
    }

    /// How much stands on one clock is limited, as at Stripe.
    func checkRoom(onClock id: String?, customer: String? = nil) throws {
        guard let id else { return }
        if let customer {
            guard (subscriptionsOfCustomer[customer] ?? []).count < 3 else {
                throw StripeError.refused("A customer on a test clock can have up to 3 subscriptions.", param: "customer")
            }
        } else {
            guard customers.newestFirst.count(where: { $0.testClock == id && !$0.isDeleted }) < 3 else {
                throw StripeError.refused("A test clock can have up to 3 customers.", param: "test_clock")
            }
        }
    }

    /// Forward only, and at most two of the shortest intervals that its subscriptions have (STR-168).
    private func checkAdvance(_ clock: TestClock, to time: Int64) throws {
        guard clock.status == "ready" else {
            throw StripeError.refused("The test clock is advancing; wait until it is ready.", code: "test_clock_not_ready")
        }
        guard time > clock.frozenTime else {
            throw StripeError.refused("The frozen_time must be after the test clock's current frozen_time.", param: "frozen_time")
        }
        let live = subscriptions.newestFirst.filter { $0.testClock == clock.id && !$0.status.isTerminal }
        let intervals = live.flatMap(\.items).compactMap { prices[$0.price]?.interval }
        let furthest = intervals.map { interval in
            let first = interval.end(ofPeriodFrom: clock.frozenTime, anchor: clock.frozenTime)
            return interval.end(ofPeriodFrom: first, anchor: clock.frozenTime)
        }.min()
        if let furthest, time > furthest {
            throw StripeError.refused(
                "You cannot advance a test clock by more than two intervals of the shortest subscription on it.", param: "frozen_time")
        }
    }
}
