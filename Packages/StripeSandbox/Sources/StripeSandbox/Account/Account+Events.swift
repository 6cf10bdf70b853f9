internal import Core

/// An event before it has an id.
struct EventDraft: Sendable {
    let type: String
    let data: JSONValue
    let previous: JSONValue?
    let time: Int64
}

/// An event and an endpoint that wants it.
struct OutgoingEvent: Hashable, Sendable {
    let event: String
    let endpoint: String
}

extension Account {
    /// Tells that something happened to an object.
    mutating func emit(_ type: String, _ object: JSONValue, previous: JSONValue? = nil, at time: Int64? = nil) {
        drafts.append(EventDraft(type: type, data: object, previous: previous, time: time ?? occasion.now))
    }

    /// Changes an object and tells of it, with what its changed members held before. A change that shows nowhere is not told.
    mutating func change<Element: Resource>(
        _ table: WritableKeyPath<Account, Table<Element>>, _ id: String, _ type: String, at time: Int64? = nil,
        _ body: (inout Element) -> Void
    ) {
        guard let before = self[keyPath: table][id]?.json(in: self) else { return }
        self[keyPath: table].modify(id, body)
        guard let after = self[keyPath: table][id]?.json(in: self), let previous = JSONValue.difference(from: before, to: after) else {
            return
        }
        emit(type, after, previous: previous, at: time)
    }

    /// Tells of an object as it is now.
    mutating func announce<Element: Resource>(
        _ type: String, _ table: KeyPath<Account, Table<Element>>, _ id: String, at time: Int64? = nil
    ) {
        guard let object = self[keyPath: table][id]?.json(in: self) else { return }
        emit(type, object, at: time)
    }

    /// Gives the drafts their ids and hands them to the endpoints that want them.
    ///
    /// - Returns: the ids in their order.
    @discardableResult
    mutating func publishEvents() -> [String] {
        let drafts = drafts
        self.drafts = []
        let endpoints = endpoints.newestFirst.reversed()
        return drafts.map { draft in
            let targets = endpoints.filter { $0.accepts(draft.type) }
            let event = Event(
                id: ids.id("evt", length: 24), created: draft.time, type: draft.type, data: draft.data, previous: draft.previous,
                requestID: occasion.requestID, idempotencyKey: occasion.idempotencyKey, pendingWebhooks: Int64(targets.count))
            events.insert(event)
            outbox += targets.map { OutgoingEvent(event: event.id, endpoint: $0.id) }
            if draft.type == "invoice.created", let invoice = draft.data["id"]?.stringValue {
                invoices.modify(invoice) { $0.creationEvent = event.id }
            }
            return event.id
        }
    }

    /// Notes that an endpoint has taken an event, or never will.
    mutating func settleDelivery(of event: String, succeeded: Bool) {
        events.modify(event) { event in
            event.pendingWebhooks = max(0, event.pendingWebhooks - 1)
            if !succeeded { event.hasFailed = true }
        }
        guard let settled = events[event], settled.pendingWebhooks == 0, settled.type == "invoice.created",
            let id = settled.data["id"]?.stringValue, let invoice = invoices[id], invoice.webhooksDeliveredAt == nil
        else { return }
        let now = now(invoice.testClock)
        invoices.modify(id) { $0.webhooksDeliveredAt = now }
        guard invoice.status == .draft, invoice.isAutoAdvanced, let planned = invoice.automaticallyFinalizesAt else { return }
        // The hour before a draft is finalised begins with the acknowledgement of its announcement (spec 8.3).
        let due = max(now, min(now + settings.draftDelay, invoice.created + settings.draftPatience))
        guard due != planned else { return }
        invoices.modify(id) { $0.automaticallyFinalizesAt = due }
        setTimer(.finalize(invoice: id), at: due, testClock: invoice.testClock)
    }
}
