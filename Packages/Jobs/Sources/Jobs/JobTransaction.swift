public import Core

/// What a transaction can do with jobs, events and sagas: they exist once it has committed, or never did.
public protocol JobTransaction {
    /// Enqueues a job. It goes with the transaction's next statement or its commit, so that it costs no round trip (OPS-144).
    func enqueue<Work: Job>(_ job: Work, _ options: JobOptions) async throws

    /// Enqueues many jobs of one kind with one statement, and tells what became of each.
    func enqueue<Work: Job>(_ jobs: [(job: Work, options: JobOptions)]) async throws -> [EnqueueOutcome]

    /// Cancels the live job of a kind with a unique key, when there is one: a waiting one is gone, a running one is told and its result refused.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    func cancelJob<Work: Job>(_ kind: Work.Type, uniqueKey: String) async throws -> Bool

    /// Finishes the job that this transaction's handler works on, together with what it wrote.
    ///
    /// - Throws: ``JobLeaseLost`` when another worker has taken over; the transaction must then be given up.
    func finish(_ lease: JobLease) async throws

    /// Tells everybody above of something that has happened.
    func publish<Event: DomainEvent>(_ event: Event) async throws

    /// Starts a saga, or finds the live one of the same kind and key.
    func startSaga<Process: Saga>(_ saga: Process.Type, key: String, context: Process.Context) async throws -> SagaID

    /// Has the live saga of a kind and key turn back instead of beginning another step. What is at work is let finish, so that nothing is done
    /// and undone at once; a step that waits for its next attempt is given up at once. Twice is once: the first reason stays.
    ///
    /// - Parameter reason: for operators, at most 500 characters.
    @discardableResult
    func turnBack<Process: Saga>(_ saga: Process.Type, key: String, because reason: String) async throws -> SagaTurn

    /// Has the live saga of a kind and key try its step again now instead of at its next attempt; what is at work is let finish.
    func hasten<Process: Saga>(_ saga: Process.Type, key: String) async throws

    /// Ends the step that this transaction's handler works on, together with what it wrote, and enqueues the next one.
    ///
    /// - Throws: ``JobLeaseLost`` when another worker has taken over.
    func finishStep(_ step: SagaStepLease, output: JSONValue) async throws
}

extension JobTransaction {
    /// Enqueues a job that is due at once, in the usual order, without keys.
    public func enqueue(_ job: some Job) async throws {
        try await enqueue(job, .standard)
    }

    /// Enqueues a job, and tells what became of it.
    public func outcome<Work: Job>(ofEnqueuing job: Work, _ options: JobOptions) async throws -> EnqueueOutcome {
        try await enqueue([(job: job, options: options)]).first ?? .alreadyQueued
    }
}
