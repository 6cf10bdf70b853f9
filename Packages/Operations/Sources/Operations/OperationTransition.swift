public import Core

/// A move of an operation from one state to another (operations.md, section 3), or news about its steps.
public enum OperationTransition: Sendable {
    /// O2: the first step was taken up. Repeated, it changes nothing.
    case start
    /// News of the step at a position from 0: begun, done, or waiting for its next attempt.
    case step(at: Int, StepNews, percent: Int?, message: String?)
    /// The way back begins; the error is kept only when it is the first.
    case compensate(OperationFailure)
    /// An undoing did not succeed yet; it is tried again.
    case undoFailed(String)
    /// It needs an operator; still shown as running.
    case stall
    /// O3: it asks a question.
    case awaitInput(InputRequest)
    /// O4: the question was answered.
    case resume
    /// O5: it ended as asked.
    case complete(result: JSONValue, message: String)
    /// O6: it ended without success, and everything is undone.
    case fail(OperationFailure)
    /// O7: it was stopped.
    case cancel(reason: String)

    /// What happened to a step.
    public enum StepNews: Sendable, Hashable {
        /// An attempt began.
        case begun
        /// It is done.
        case done
        /// An attempt failed; another one follows, now or at an instant.
        case retrying(error: String, at: Instant?)
        /// It was given up.
        case failed(error: String)
        /// It was undone.
        case compensated
    }
}

/// Why an operation does not make a move.
public enum OperationError: Error, Hashable, Sendable {
    /// It has ended; the first end is the end.
    case alreadyEnded(Operation.Status)
    /// It does not wait for an answer.
    case notAwaitingInput
    /// It cannot be stopped now.
    case notCancellable(OperationKind)
    /// Another exclusive operation of the same graph or org is unfinished (OPS-026).
    case exclusiveOperationRunning(Operation.ID?)
    /// There is none with this id that the caller could know of.
    case notFound
    /// The caller belongs to the org but may not see this operation.
    case forbidden
}

extension Operation {
    /// The operation after a move, and the event that tells of it; no event when there is nothing to tell.
    ///
    /// - Throws: ``OperationError`` when the move is not allowed from where the operation stands.
    public func applying(
        _ transition: OperationTransition, at now: Instant
    ) throws(OperationError) -> (operation: Operation, event: OperationEvent?) {
        guard !status.isTerminal else { throw .alreadyEnded(status) }
        var next = self
        next.updatedAt = now
        guard let (name, members) = try next.move(transition, at: now) else { return (next, nil) }
        let event = OperationEvent(following: self, name, members, at: now)
        next.lastSequence = event.sequence
        return (next, event)
    }

    private typealias Report = (OperationEvent.Name, [String: JSONValue])

    private mutating func move(_ transition: OperationTransition, at now: Instant) throws(OperationError) -> Report? {
        switch transition {
        case .start:
            guard status == .pending else { return nil }
            status = .running
            startedAt = now
            return (.started, ["operation_type": .string(kind.name), "message": .string(message)])
        case .step(let index, let news, let percent, let message):
            return note(news, ofStepAt: index, percent: percent, message: message, at: now)
        case .compensate(let failure):
            if self.failure == nil { self.failure = failure }
            guard phase == .forward else { return nil }
            phase = .compensating
            percent = 0
            message = "Undoing the steps that were done"
            return (.progress, progressData)
        case .undoFailed(let error):
            undoErrors = UndoError.appending(UndoError(message: error, at: now), to: undoErrors)
            return nil
        case .stall:
            phase = .stuck
            return nil
        case .awaitInput(let request):
            guard status == .running else { throw .alreadyEnded(status) }
            status = .awaitingInput
            inputRequest = request
            return (
                .awaitingInput,
                ["prompt": .string(request.prompt), "details": request.details, "expires_at": .string(request.expiresAt.description)]
            )
        case .resume:
            guard status == .awaitingInput else { throw .notAwaitingInput }
            status = .running
            inputRequest = nil
            return (.resumed, ["message": .string(message)])
        case .complete, .fail, .cancel:
            return end(transition, at: now)
        }
    }

    private mutating func note(
        _ news: OperationTransition.StepNews, ofStepAt index: Int, percent: Int?, message: String?, at now: Instant
    ) -> Report? {
        guard steps.indices.contains(index) else { return nil }
        let before = steps[index]
        switch news {
        case .begun:
            steps[index].state = .running
            steps[index].attempt += 1
            steps[index].startedAt = before.startedAt ?? now
            steps[index].nextRetryAt = nil
        case .done:
            steps[index].state = .done
            steps[index].endedAt = now
            steps[index].error = nil
        case .retrying(let error, let retryAt):
            steps[index].state = .waiting
            steps[index].error = error
            steps[index].nextRetryAt = retryAt
        case .failed(let error):
            steps[index].state = .failed
            steps[index].endedAt = now
            steps[index].error = error
        case .compensated:
            steps[index].state = .compensated
            steps[index].endedAt = now
        }
        if let percent { self.percent = max(self.percent, min(percent, 100)) }
        if let message { self.message = message }
        return (.progress, progressData)
    }

    private var progressData: [String: JSONValue] {
        [
            "message": .string(message), "progress_percent": .integer(Int64(percent)),
            "current_step": .integer(Int64(currentStep)), "total_steps": .integer(Int64(steps.count)),
            "phase": .string(phase.rawValue),
        ]
    }

    private mutating func end(_ transition: OperationTransition, at now: Instant) -> Report? {
        endedAt = now
        inputRequest = nil
        switch transition {
        case .complete(let result, let message):
            status = .completed
            percent = 100
            self.result = result
            self.message = message
            let elapsed = (now - (startedAt ?? createdAt)).wholeMilliseconds
            return (.completed, ["result": result, "execution_time_ms": .integer(max(0, elapsed))])
        case .fail(let failure):
            status = .failed
            let first = self.failure ?? failure
            self.failure = first
            message = first.message
            return (.error, ["error": .string(first.message), "message": .string(first.message), "code": .string(first.code)])
        case .cancel(let reason):
            status = .cancelled
            message = reason
            return (.cancelled, ["reason": .string(reason)])
        default:
            return nil
        }
    }
}
