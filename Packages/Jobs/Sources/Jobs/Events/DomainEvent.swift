/// Something that has happened, told to the packages above as a durable row; named in the past tense: `SubscriptionActivated`.
public protocol DomainEvent: Codable, Sendable {
    /// The stored name, such as `billing.subscription_activated`; never changed once it has landed.
    static var topic: String { get }
    /// Events with one key reach each handler in the order in which they happened.
    var eventKey: String { get }
}

/// Hears events of one kind; each handler of an event is a job of its own.
public protocol EventHandler: Sendable {
    /// What it hears.
    associatedtype Event: DomainEvent
    /// The stored name of the handler, such as `graphs.provision_on_payment`; never changed once it has landed.
    static var name: String { get }
    /// Where its jobs queue.
    static var lane: Lane { get }
    /// Whose order it keeps: handlers that say the same hear events of one key one after the other, whatever their topics.
    static var serialName: String { get }

    /// Reacts, at least once for each event.
    ///
    /// - Throws: what was not expected; the event comes again, and those behind it with the same key wait.
    func handle(_ event: Event, context: JobContext) async throws -> JobOutcome
}

extension EventHandler {
    /// ``Lane/lifecycle``
    public static var lane: Lane { .lifecycle }
    /// Its own.
    public static var serialName: String { name }
}
