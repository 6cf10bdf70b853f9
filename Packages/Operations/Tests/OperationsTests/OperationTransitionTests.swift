import Core
import Operations
import Testing

@Suite struct OperationTransitionTests {
    @Test func `O1 to O5 the first step starts it and the last one completes it with its result`() throws {
        let pending = Operation.fixture()
        #expect(pending.status == .pending)
        let (running, started) = try pending.applying(.start, at: start + .seconds(1))
        #expect(running.status == .running)
        #expect(started?.name == .started)
        let (done, event) = try running.applying(.complete(result: ["graph_id": "kg1"], message: "Ready"), at: start + .seconds(3))
        #expect(done.status == .completed)
        #expect(done.endedAt == start + .seconds(3))
        #expect(done.percent == 100)
        #expect(event?.data["result"]?["graph_id"] == "kg1")
        #expect(event?.data["execution_time_ms"] == 2_000)
    }

    @Test
    func
        `OPS-030 every kind of work that may hang has a limit and what follows, the others end by themselves or go on until they are done`()
        throws
    {
        let limits: [(OperationKind, Duration, OperationKind.OverdueRule)] = [
            (.createGraph, .hours(24), .undo), (.changeTier, .minutes(60), .undo), (.undeleteGraph, .minutes(30), .undo),
            (.restoreBackup, .hours(24), .undo), (.graphMove, .hours(6), .undo), (.createBackup, .hours(24), .fail),
            (.materialize, .hours(24), .fail), (.compactGraph, .hours(24), .fail), (.createSubgraph, .hours(24), .fail),
            (.auditExport, .hours(1), .fail), (.clockAdvance, .hours(1), .fail),
        ]
        let found = Dictionary(uniqueKeysWithValues: OperationKind.all.compactMap { kind in kind.timeLimit.map { (kind, $0) } })
        #expect(found == Dictionary(uniqueKeysWithValues: limits.map { ($0, OperationKind.TimeLimit($1, then: $2)) }))
        func accepted(_ limit: NewOperation.Limit, _ kind: OperationKind = .changeTier) -> Operation {
            Operation(
                accepting: NewOperation(
                    kind: kind, org: .make(at: start), graph: nil, startedBy: nil, message: "", steps: [], result: .null, limit: limit),
                id: .make(at: start), at: start)
        }
        #expect(accepted(.ofKind).deadline == start + .minutes(60))
        #expect(accepted(.of(.minutes(5))).deadline == start + .minutes(5))
        #expect(accepted(.none).deadline == nil)
        #expect(accepted(.ofKind, .graphTeardown).deadline == nil)
    }

    @Test func `OPS-034 events are numbered from one without a gap`() throws {
        var operation = Operation.fixture()
        var sequences: [Int64] = []
        for transition: OperationTransition in [
            .start, .start, .step(at: 0, .begun, percent: 10, message: nil), .step(at: 0, .done, percent: 30, message: nil), .stall,
            .complete(result: .null, message: ""),
        ] {
            let (next, event) = try operation.applying(transition, at: start)
            operation = next
            if let event { sequences.append(event.sequence) }
        }
        #expect(sequences == [1, 2, 3, 4])
        #expect(operation.lastSequence == 4)
    }

    @Test func `OPS-035 the data of every event names operation, time and sequence`() throws {
        let (_, event) = try Operation.fixture().applying(.start, at: start)
        #expect(event?.data["operation_id"]?.stringValue == Operation.fixture().id.description)
        #expect(event?.data["timestamp"]?.stringValue == "2026-03-01T10:00:00.25Z")
        #expect(event?.data["sequence_number"] == 1)
    }

    @Test(arguments: [
        OperationTransition.complete(result: .null, message: ""), .fail(OperationFailure(code: "X", message: "x")),
        .cancel(reason: "asked"),
    ])
    func `OPS-025 the first end is the end`(_ end: OperationTransition) throws {
        let ended = try Operation.fixture().after(.start, end)
        for late: OperationTransition in [.start, .complete(result: .null, message: ""), .cancel(reason: ""), .resume] {
            #expect(throws: OperationError.alreadyEnded(ended.status)) { try ended.applying(late, at: start) }
        }
    }

    @Test func `O3 and O4 a question stops it until it is answered`() throws {
        let request = InputRequest(prompt: "Confirm", details: .null, requestedAt: start, expiresAt: start + .hours(24))
        let waiting = try Operation.fixture().after(.start, .awaitInput(request))
        #expect(waiting.status == .awaitingInput)
        #expect(waiting.inputRequest == request)
        let resumed = try waiting.after(.resume)
        #expect(resumed.status == .running)
        #expect(resumed.inputRequest == nil)
        #expect(throws: OperationError.notAwaitingInput) { try resumed.applying(.resume, at: start) }
    }

    @Test func `OPS-045 percent falls only when the way back begins, and the first error stays`() throws {
        let first = OperationFailure(code: "FIRST", message: "first")
        let half = try Operation.fixture().after(
            .start, .step(at: 0, .done, percent: 50, message: nil), .step(at: 1, .begun, percent: 30, message: nil))
        #expect(half.percent == 50)
        let back = try half.after(.compensate(first), .compensate(OperationFailure(code: "SECOND", message: "second")))
        #expect(back.phase == .compensating)
        #expect(back.status == .running)
        #expect(back.percent == 0)
        let failed = try back.after(.fail(OperationFailure(code: "THIRD", message: "third")))
        #expect(failed.failure == first)
        #expect(failed.message == "first")
    }

    @Test func `OPS-024 a step shows its state, attempts, error and next retry`() throws {
        let waiting = try Operation.fixture().after(
            .start, .step(at: 0, .begun, percent: nil, message: nil),
            .step(at: 0, .retrying(error: "The host did not answer", at: start + .seconds(10)), percent: nil, message: nil))
        #expect(waiting.steps[0].state == .waiting)
        #expect(waiting.steps[0].nextRetryAt == start + .seconds(10))
        #expect(waiting.currentStep == 1)
        let again = try waiting.after(.step(at: 0, .begun, percent: nil, message: nil), .step(at: 0, .done, percent: nil, message: nil))
        #expect(again.steps[0].attempt == 2)
        #expect(again.steps[0].error == nil)
    }

    @Test func `OPS-027 section 4 decides until when it may be stopped`() throws {
        #expect(Operation.fixture(kind: .createGraph).isCancellable)
        #expect(try !Operation.fixture(kind: .createGraph).after(.start).isCancellable)
        #expect(try Operation.fixture(kind: .createBackup).after(.start).isCancellable)
        #expect(try !Operation.fixture(kind: .createBackup).after(.start, .cancel(reason: "")).isCancellable)
        #expect(!Operation.fixture(kind: .graphTeardown).isCancellable)
        #expect(!Operation.fixture(kind: .deleteGraph).isCancellable)
    }
}
