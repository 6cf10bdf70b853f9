internal import Postgres

/// The events about an object, found by an index: the history of a subscription read all events that ever came (BIL-130).
enum M0553FindHistory: Migration {
    static let id = "0553-billing-find-history"

    static var sql: String {
        #"""
        CREATE INDEX inbound_event_by_object ON billing.inbound_event (object_id) WHERE object_id IS NOT NULL;
        CREATE INDEX inbound_event_by_subscription ON billing.inbound_event ((raw_references ->> 'subscription'))
            WHERE raw_references ->> 'subscription' IS NOT NULL;
        """#
    }
}
