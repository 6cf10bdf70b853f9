internal import Core

extension Account {
    static let scheduleOperations: [Operation] = [
        Operation("POST", "/v1/subscription_schedules") { try $0.createSchedule($1.parameters) },
        Operation("GET", "/v1/subscription_schedules") { account, call in
            let customer = try call.parameters.string("customer")
            let isScheduled = try call.parameters.bool("scheduled")
            let created = try call.parameters.timeFilter("created")
            let canceled = try call.parameters.timeFilter("canceled_at")
            let completed = try call.parameters.timeFilter("completed_at")
            let released = try call.parameters.timeFilter("released_at")
            return try account.page(account.schedules.newestFirst, call, url: "/v1/subscription_schedules") { schedule in
                (customer == nil || schedule.customer == customer)
                    && (isScheduled == nil || (schedule.status == .notStarted) == isScheduled)
                    && created?.contains(schedule.created) != false
                    && canceled.map { schedule.canceledAt.map($0.contains) ?? false } != false
                    && completed.map { schedule.completedAt.map($0.contains) ?? false } != false
                    && released.map { schedule.releasedAt.map($0.contains) ?? false } != false
            }
        },
        Operation("GET", "/v1/subscription_schedules/{id}") { account, call in
            try call.parameters.finish()
            return try account.schedule(call.id).json(in: account)
        },
        Operation("POST", "/v1/subscription_schedules/{id}") { try $0.updateSchedule($1) },
        Operation("POST", "/v1/subscription_schedules/{id}/cancel") { account, call in
            let (isBilled, isProrated) = (try call.parameters.bool("invoice_now") ?? true, try call.parameters.bool("prorate") ?? true)
            try call.parameters.finish()
            let schedule = try account.openSchedule(call.id, "canceled")
            account.cancel(schedule, isBilled: isBilled, isProrated: isProrated)
            return account.schedules[schedule.id]?.json(in: account) ?? .null
        },
        Operation("POST", "/v1/subscription_schedules/{id}/release") { account, call in
            let keepsDate = try call.parameters.bool("preserve_cancel_date") ?? false
            try call.parameters.finish()
            let schedule = try account.openSchedule(call.id, "released")
            account.release(schedule, keepsCancelDate: keepsDate)
            return account.schedules[schedule.id]?.json(in: account) ?? .null
        },
    ]

    private func schedule(_ id: String) throws -> SubscriptionSchedule {
        guard let schedule = schedules[id] else { throw StripeError.noSuch("subscription schedule", id) }
        return schedule
    }

    private func openSchedule(_ id: String, _ participle: String) throws -> SubscriptionSchedule {
        let schedule = try schedule(id)
        guard !schedule.status.isOver else {
            throw StripeError.refused(
                "You cannot do this to a subscription schedule that is in the \(schedule.status.rawValue) status: only ones that are "
                    + "not_started or active can be \(participle).")
        }
        return schedule
    }

    private mutating func createSchedule(_ parameters: Parameters) throws -> JSONValue {
        if let id = try parameters.string("from_subscription") { return try createSchedule(parameters, from: id) }
        guard let customer = try customer(of: parameters) else { throw parameters.missing("customer") }
        let now = now(customer.testClock)
        let start = try readStart(parameters, now)
        var schedule = SubscriptionSchedule(
            id: ids.id("sub_sched"), created: now, customer: customer.id, phases: [], testClock: customer.testClock)
        schedule.phases = try readPhases(parameters, from: start, currency: customer.currency)
        guard !schedule.phases.isEmpty else { throw parameters.missing("phases") }
        try readSettings(parameters, into: &schedule)
        try parameters.finish()
        schedules.insert(schedule)
        announce("subscription_schedule.created", \.schedules, schedule.id)
        if start <= now { advance(schedule: schedule.id) } else { setScheduleTimers(schedule.id) }
        return schedules[schedule.id]?.json(in: self) ?? .null
    }

    /// A schedule for a subscription that runs: its first phase is the present period.
    private mutating func createSchedule(_ parameters: Parameters, from id: String) throws -> JSONValue {
        try parameters.finish()
        guard let subscription = subscriptions[id] else {
            throw StripeError.noSuchParameter("subscription", id, param: "from_subscription")
        }
        guard subscription.schedule == nil, !subscription.status.isTerminal else {
            throw StripeError.refused(
                "You cannot migrate a subscription that is already attached to a schedule, or has ended: \(id)", param: "from_subscription")
        }
        let phase = SubscriptionSchedule.Phase(
            start: subscription.currentPeriodStart, end: subscription.currentPeriodEnd,
            items: subscription.items.map { .init(price: $0.price, quantity: $0.quantity, metadata: $0.metadata) },
            currency: subscription.currency, trialEnd: subscription.trialEnd, metadata: subscription.metadata)
        var schedule = SubscriptionSchedule(
            id: ids.id("sub_sched"), created: now(subscription.testClock), customer: subscription.customer, status: .active,
            phases: [phase],
            subscription: id, testClock: subscription.testClock)
        schedule.collectionMethod = subscription.collectionMethod
        schedule.defaultPaymentMethod = subscription.defaultPaymentMethod
        schedules.insert(schedule)
        announce("subscription_schedule.created", \.schedules, schedule.id)
        let made = schedule.id
        change(\.subscriptions, id, "customer.subscription.updated") { $0.schedule = made }
        setScheduleTimers(schedule.id)
        return schedules[schedule.id]?.json(in: self) ?? .null
    }

    private mutating func updateSchedule(_ call: Call) throws -> JSONValue {
        var schedule = try openSchedule(call.id, "updated")
        let now = now(schedule.testClock)
        let current = schedule.phase(at: now)
        let behavior = try call.parameters.string("proration_behavior")
        if call.parameters.has("phases") {
            let start = current?.start ?? schedule.phases.first?.start ?? now
            let phases = try readPhases(call.parameters, from: start, currency: schedule.phases.first?.currency)
            guard let first = phases.first else { throw call.parameters.missing("phases") }
            guard current == nil || first.start <= now else {
                throw StripeError.refused(
                    "You can not update a phase that has already started: the first phase must be the one that runs now.", param: "phases")
            }
            schedule.phases = schedule.phases.filter { $0.end <= start } + phases
        }
        try readSettings(call.parameters, into: &schedule)
        try call.parameters.finish()
        let updated = schedule
        change(\.schedules, schedule.id, "subscription_schedule.updated") { $0 = updated }
        if let next = updated.phase(at: now), next.items != current?.items { apply(next, of: updated, behavior) }
        setScheduleTimers(schedule.id)
        return schedules[schedule.id]?.json(in: self) ?? .null
    }

    private func readStart(_ parameters: Parameters, _ now: Int64, _ name: String = "start_date") throws -> Int64 {
        guard parameters.has(name), try parameters.string(name) != "now" else { return now }
        return try parameters.integer(name) ?? now
    }

    private func readSettings(_ parameters: Parameters, into schedule: inout SubscriptionSchedule) throws {
        if let end = try parameters.string("end_behavior") {
            guard ["cancel", "release"].contains(end) else {
                throw StripeError.invalid("Invalid end_behavior: must be one of `cancel`, `release`", param: "end_behavior")
            }
            schedule.endBehavior = end
        }
        try parameters.changeMetadata(&schedule.metadata)
        guard let defaults = try parameters.branch("default_settings") else { return }
        schedule.collectionMethod = try defaults.string("collection_method") ?? schedule.collectionMethod
        if case .set(let method) = try defaults.clearable("default_payment_method") {
            guard paymentMethods[method]?.customer == schedule.customer else {
                throw StripeError.noSuchParameter("PaymentMethod", method, param: defaults.fullName("default_payment_method"))
            }
            schedule.defaultPaymentMethod = method
        }
    }

    /// Reads phases, one beginning where the one before ends.
    private func readPhases(
        _ parameters: Parameters, from start: Int64, currency: String?
    ) throws -> [SubscriptionSchedule.Phase] {
        var phases: [SubscriptionSchedule.Phase] = []
        for entry in try parameters.branches("phases") {
            let given = try readStart(entry, phases.last?.end ?? start)
            guard phases.isEmpty || given == phases.last?.end else {
                throw StripeError.invalid("A phase must begin where the one before ends.", param: entry.fullName("start_date"))
            }
            phases.append(try readPhase(entry, start: given, currency: phases.first?.currency ?? currency))
        }
        return phases
    }

    private func readPhase(_ entry: Parameters, start: Int64, currency: String?) throws -> SubscriptionSchedule.Phase {
        var items: [SubscriptionSchedule.PhaseItem] = []
        var currency = try entry.currency() ?? currency
        var interval: BillingInterval?
        for item in try entry.branches("items") {
            let price = try recurringPrice(item)
            guard currency == nil || currency == price.currency else {
                throw StripeError.refused("All prices of a schedule must be in one currency.", param: item.fullName("price"))
            }
            currency = price.currency
            interval = interval ?? price.interval
            items.append(
                .init(
                    price: price.id, quantity: try item.integer("quantity", in: 0...1_000_000) ?? 1, metadata: try item.metadata()))
        }
        guard let interval else { throw entry.missing("items") }
        var end = interval.end(ofPeriodFrom: start, anchor: start)
        if let duration = try entry.branch("duration") {
            guard let unit = try duration.choice("interval", of: BillingInterval.Unit.self) else { throw duration.missing("interval") }
            let count = try duration.integer("interval_count", in: 1...1_095) ?? 1
            end = BillingInterval(unit: unit, count: count).end(ofPeriodFrom: start, anchor: start)
        }
        end = try entry.integer("end_date") ?? end
        guard end > start else { throw StripeError.invalid("A phase must end after it begins.", param: entry.fullName("end_date")) }
        var phase = SubscriptionSchedule.Phase(start: start, end: end, items: items, currency: currency ?? "usd")
        if let behavior = try entry.string("proration_behavior") {
            guard ["none", "create_prorations", "always_invoice"].contains(behavior) else {
                throw StripeError.invalid("Invalid proration_behavior", param: entry.fullName("proration_behavior"))
            }
            phase.prorationBehavior = behavior
        }
        phase.collectionMethod = try entry.string("collection_method")
        phase.trialEnd = try entry.bool("trial") == true ? end : try entry.integer("trial_end")
        phase.description = try entry.string("description")
        phase.metadata = try entry.metadata()
        return phase
    }
}
