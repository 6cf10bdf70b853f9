internal import Core

extension Account {
    /// Sets a timer for the next border between phases, and one for the notice before the last phase ends.
    mutating func setScheduleTimers(_ id: String) {
        guard let schedule = schedules[id], !schedule.status.isOver else { return }
        let now = now(schedule.testClock)
        let borders = schedule.phases.flatMap { schedule.status == .notStarted ? [$0.start] : [$0.end] }
        guard let next = borders.filter({ $0 > now }).min() else { return }
        setTimer(.advanceSchedule(id), at: next, testClock: schedule.testClock)
        guard schedule.status == .active, let end = schedule.phases.last?.end, schedule.announcedEnd != end else { return }
        schedules.modify(id) { $0.announcedEnd = end }
        setTimer(.warnOfScheduleEnd(schedule: id, end: end), at: max(now, end - 7 * 86_400), testClock: schedule.testClock)
    }

    /// Brings a schedule to where it should be by now: begins it, goes on to the next phase, or ends it (STR-161).
    mutating func advance(schedule id: String) {
        guard let schedule = schedules[id], !schedule.status.isOver, let first = schedule.phases.first, let last = schedule.phases.last
        else {
            return
        }
        let now = now(schedule.testClock)
        if schedule.status == .notStarted {
            guard first.start <= now else { return }
            schedules.modify(id) { $0.status = .active }
            start(schedule, first)
        } else if last.end <= now {
            return finish(schedule)
        } else if let phase = schedules[id]?.phase(at: now), isAhead(phase, of: schedule) {
            apply(phase, of: schedule, phase.prorationBehavior)
            announce("subscription_schedule.updated", \.schedules, id)
        }
        setScheduleTimers(id)
    }

    /// Whether the subscription has not come to a phase yet.
    private func isAhead(_ phase: SubscriptionSchedule.Phase, of schedule: SubscriptionSchedule) -> Bool {
        let items = schedule.subscription.flatMap { subscriptions[$0]?.items } ?? []
        return Set(items.map { "\($0.price) \($0.quantity)" }) != Set(phase.items.map { "\($0.price) \($0.quantity)" })
    }

    mutating func warnOfScheduleEnd(_ id: String, _ end: Int64) {
        guard let schedule = schedules[id], schedule.status == .active, schedule.phases.last?.end == end else { return }
        announce("subscription_schedule.expiring", \.schedules, id)
    }

    /// The first phase begins: its subscription is made.
    private mutating func start(_ schedule: SubscriptionSchedule, _ phase: SubscriptionSchedule.Phase) {
        let id = ids.id("sub")
        let start = now(schedule.testClock)
        var items: [SubscriptionItem] = []
        for item in phase.items {
            items.append(
                SubscriptionItem(
                    id: ids.id("si", length: 14), created: start, subscription: id, price: item.price, quantity: item.quantity,
                    periodStart: start, periodEnd: phase.trialEnd ?? periodEnd(ofPrice: item.price, from: start, anchor: start),
                    metadata: item.metadata))
        }
        let method = schedule.defaultPaymentMethod ?? customers[schedule.customer]?.defaultPaymentMethod
        var subscription = Subscription(
            id: id, created: start, customer: schedule.customer, status: .incomplete, items: items, currency: phase.currency,
            startDate: start, billingCycleAnchor: phase.trialEnd ?? start,
            collectionMethod: phase.collectionMethod ?? schedule.collectionMethod,
            defaultPaymentMethod: schedule.defaultPaymentMethod, description: phase.description, metadata: phase.metadata,
            trialStart: phase.trialEnd == nil ? nil : start, trialEnd: phase.trialEnd, testClock: schedule.testClock)
        subscription.schedule = schedule.id
        if subscription.collectionMethod == "send_invoice" { subscription.daysUntilDue = 30 }
        schedules.modify(schedule.id) { $0.subscription = id }
        let isCharged = subscription.collectionMethod == "charge_automatically"
        _ = begin(subscription, paying: isCharged ? PaymentAttempt(method: method) : nil)
    }

    /// Gives the subscription of a schedule the items of a phase.
    mutating func apply(_ phase: SubscriptionSchedule.Phase, of schedule: SubscriptionSchedule, _ behavior: String?) {
        guard let before = schedule.subscription.flatMap({ subscriptions[$0] }), !before.status.isTerminal else { return }
        var changes: [ItemChange] = []
        var free = before.items.filter { item in !phase.items.contains { $0.price == item.price } }
        for wanted in phase.items {
            var change = ItemChange(price: prices[wanted.price], quantity: wanted.quantity, metadata: wanted.metadata, param: "phases")
            // What has the price already is kept; another price takes the place of an item that goes.
            change.item = before.items.first { $0.price == wanted.price }?.id ?? (free.isEmpty ? nil : free.removeFirst().id)
            changes.append(change)
        }
        changes += free.map { ItemChange(item: $0.id, isRemoved: true, param: "phases") }
        var subscription = before
        subscription.metadata.merge(phase.metadata) { _, new in new }
        subscription.description = phase.description ?? subscription.description
        do {
            try change(&subscription, by: changes, nil, behavior)
            try put(subscription, before, nil, isOnSession: false)
        } catch {
            // A phase that cannot be begun leaves the subscription as it is, as Stripe's does.
            return
        }
    }

    /// The last phase is over: the subscription goes on by itself, or ends with it.
    private mutating func finish(_ schedule: SubscriptionSchedule) {
        guard schedule.endBehavior == "cancel" else { return release(schedule, keepsCancelDate: false) }
        let now = now(schedule.testClock)
        change(\.schedules, schedule.id, "subscription_schedule.completed") { schedule in
            schedule.status = .completed
            schedule.completedAt = now
        }
        if let subscription = schedule.subscription {
            subscriptions.modify(subscription) { $0.schedule = nil }
            end(subscription, reason: "cancellation_requested")
        }
    }

    /// The subscription goes on without its schedule.
    mutating func release(_ schedule: SubscriptionSchedule, keepsCancelDate: Bool) {
        let now = now(schedule.testClock)
        change(\.schedules, schedule.id, "subscription_schedule.released") { schedule in
            schedule.status = .released
            schedule.releasedAt = now
            schedule.releasedSubscription = schedule.subscription
            schedule.subscription = nil
        }
        guard let subscription = schedule.subscription else { return }
        let end = keepsCancelDate && schedule.endBehavior == "cancel" ? schedule.phases.last?.end : nil
        change(\.subscriptions, subscription, "customer.subscription.updated") { subscription in
            subscription.schedule = nil
            subscription.cancelAt = end ?? subscription.cancelAt
        }
        if let end { setTimer(.endSubscription(subscription), at: end, testClock: schedule.testClock) }
    }

    /// The schedule ends, and its subscription with it.
    mutating func cancel(_ schedule: SubscriptionSchedule, isBilled: Bool, isProrated: Bool) {
        let now = now(schedule.testClock)
        change(\.schedules, schedule.id, "subscription_schedule.canceled") { schedule in
            schedule.status = .canceled
            schedule.canceledAt = now
        }
        guard let subscription = schedule.subscription, subscriptions[subscription]?.status.isTerminal == false else { return }
        subscriptions.modify(subscription) { $0.schedule = nil }
        if isProrated { creditUnusedTime(of: subscription) }
        if isBilled { billEnd(of: subscription) }
        end(subscription, reason: "cancellation_requested")
    }

    /// A subscription that ended by itself takes its schedule along.
    mutating func abortSchedule(of subscription: Subscription) {
        guard let id = subscription.schedule, let schedule = schedules[id], !schedule.status.isOver else { return }
        let now = now(schedule.testClock)
        change(\.schedules, id, "subscription_schedule.aborted") { schedule in
            schedule.status = .canceled
            schedule.canceledAt = now
        }
    }
}
