internal import Core
public import Jobs
internal import Postgres

/// What a worker can do: handlers of jobs, events and sagas, and the schedules it keeps.
public struct JobRegistry: Sendable {
    private(set) var handlers: [String: AnyJobHandler] = [:]
    private(set) var listeners: [String: [EventListener]] = [:]
    /// The schedules it keeps, in the order they were added.
    public private(set) var schedules: [Schedule] = []

    /// Nothing yet.
    public init() {}

    /// Adds a handler of jobs. A second one of the same kind is a defect and ends the program.
    public mutating func register<Handler: JobHandler>(_ handler: Handler) {
        for (version, name) in StoredKind.names(Handler.Work.kind, upTo: Handler.Work.version) {
            add(
                AnyJobHandler(
                    kind: name, retryPolicy: Handler.Work.retryPolicy,
                    own: Handler.Work.ownSlots.map { AnyJobHandler.Part(lane: Handler.Work.lane, kind: Handler.Work.kind, slots: $0) }
                ) { args, context, _ in
                    try await handler.run(args.decode(Handler.Work.self, writtenIn: version), context: context)
                })
        }
    }

    /// Adds a handler of events.
    public mutating func register<Handler: EventHandler>(_ handler: Handler) {
        let kind = "event:" + Handler.name
        listeners[Handler.Event.topic, default: []].append(
            EventListener(kind: kind, name: Handler.name, lane: Handler.lane, serialName: Handler.serialName))
        add(
            AnyJobHandler(kind: kind, retryPolicy: .standard) { args, context, _ in
                try await handler.handle(args.decode(EventEnvelope<Handler.Event>.self).payload, context: context)
            })
    }

    /// Adds a handler of sagas.
    public mutating func register<Handler: SagaHandler>(_ handler: Handler) {
        for (_, name) in StoredKind.names(SagaStepWork.kind(of: Handler.Process.name), upTo: Handler.Process.version) {
            add(
                AnyJobHandler(kind: name, retryPolicy: .untilDone) { args, context, resources in
                    try await SagaRunner(handler: handler, resources: resources).run(args.decode(SagaStepWork.self), context: context)
                })
        }
    }

    /// Adds a schedule.
    public mutating func add(_ schedule: Schedule) {
        precondition(!schedules.contains { $0.name == schedule.name }, "there are two schedules \(schedule.name)")
        schedules.append(schedule)
    }

    /// The handlers by the numbers of their kinds in the database. Kinds that are new there get theirs each by itself: two that begin at once, or a
    /// transaction that tells of several new kinds, could otherwise wait for one another.
    func numbered(by client: PostgresClient) async throws -> [Int16: AnyJobHandler] {
        let known = try await client.query("SELECT name, id FROM jobs.kind WHERE name = ANY(\(Array(handlers.keys)))")
        var ids: [String: Int16] = [:]
        for row in known { ids[try row.decode("name")] = try row.decode("id") }
        for kind in handlers.keys where ids[kind] == nil {
            ids[kind] = try await client.query("SELECT jobs.kind_id(\(kind))").first?.decode(Int16.self)
        }
        return Dictionary(uniqueKeysWithValues: handlers.compactMap { kind, handler in ids[kind].map { ($0, handler) } })
    }

    private mutating func add(_ handler: AnyJobHandler) {
        precondition(handlers[handler.kind] == nil, "there are two handlers of \(handler.kind)")
        handlers[handler.kind] = handler
    }
}

/// A handler whose kind of job is known at run time only.
struct AnyJobHandler: Sendable {
    /// Slots that all versions of a kind have together.
    struct Part: Sendable, Hashable {
        let lane: Lane
        let kind: String
        let slots: OwnSlots
    }

    let kind: String
    let retryPolicy: RetryPolicy
    /// The part of its lane that it has for itself.
    var own: Part?
    let run: @Sendable (EncodedJSON, JobContext, WorkerResources) async throws -> JobOutcome
}

/// Who hears events of one topic.
struct EventListener: Sendable {
    let kind: String
    let name: String
    let lane: Lane
    let serialName: String

    /// Whether handlers of other topics keep one order with it.
    var sharesOrder: Bool { serialName != name }
}

/// What handlers that are part of the engine need.
struct WorkerResources: Sendable {
    let store: PostgresJobStore
    let dateSource: any DateSource
    let jitter: @Sendable () -> Double
    var sagaFaults: (@Sendable (SagaFault) async -> Void)?
}

/// The parameters of the job that hands an event to one handler.
struct EventEnvelope<Payload: Codable & Sendable>: Codable, Sendable {
    let event: Int64
    let payload: Payload
}
