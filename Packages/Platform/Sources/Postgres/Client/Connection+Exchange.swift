internal import CLibPQ

extension Connection {
    /// Hands an exchange to libpq; false when the connection is lost.
    func send(_ exchange: Exchange) -> Bool {
        nextStep = 0
        steps.removeAll(keepingCapacity: true)
        isCopyingIn = false
        isCopyingOut = false
        switch exchange.content {
        case .script(let text): return handle.send(script: text)
        case .copyIn(let statement, _), .copyOut(let statement, _):
            steps.append(.statement(nil))
            return handle.send(statement, preparedAs: nil)
        case .statements(let statements): return send(statements)
        }
    }

    private func send(_ statements: [Statement]) -> Bool {
        if preparesStatements, prepared.isFull { prepared.removeAll() }
        let mustDeallocate = prepared.mustDeallocate && handle.isOutsideTransaction
        if statements.count == 1, !mustDeallocate {
            guard preparesStatements else { return sendAlone(statements[0], as: nil) }
            let entry = prepared.entry(for: statements[0])
            if entry.isPrepared { return sendAlone(statements[0], as: entry) }
        }
        guard handle.enterPipeline() else { return false }
        isPipelining = true
        if mustDeallocate {
            steps.append(.deallocate)
            guard handle.send("DEALLOCATE ALL", preparedAs: nil) else { return false }
        }
        var underWay: Set<String> = []
        for statement in statements {
            let entry = preparesStatements ? prepared.entry(for: statement) : nil
            if let entry, !entry.isPrepared, underWay.insert(entry.name).inserted {
                steps.append(.prepare(entry, statement))
                guard handle.send(prepare: statement.sql, as: entry.name, parameters: statement.parameters) else { return false }
            }
            steps.append(.statement(entry))
            guard handle.send(statement, preparedAs: entry?.name) else { return false }
        }
        return handle.sync()
    }

    private func sendAlone(_ statement: Statement, as entry: PreparedStatements.Entry?) -> Bool {
        steps.append(.statement(entry))
        return handle.send(statement, preparedAs: entry?.name)
    }

    /// Takes the results that have arrived.
    func receive() {
        while let exchange, !isClosed, !awaitsCancel {
            // While the server waits for data, libpq says so again and again.
            guard !isCopyingIn else { return }
            if isCopyingOut {
                guard takeCopy(exchange) else { return }
                continue
            }
            guard !handle.isBusy else { return }
            let step = nextStep < steps.count ? steps[nextStep] : nil
            var shape: RowShape?
            if case .statement(let entry?) = step { shape = entry.shape }
            guard let result = handle.nextResult(shape: shape) else {
                // In a pipeline a null stands behind each statement's results; elsewhere it is the end.
                if isPipelining {
                    if handle.isBad { return lose() }
                    continue
                }
                return handle.isBad ? lose() : finish()
            }
            take(result, of: step, in: exchange)
        }
    }

    private func take(_ result: ResultHandle, of step: Step?, in exchange: Exchange) {
        switch result.status {
        case PGRES_PIPELINE_SYNC:
            isPipelining = false
            guard handle.exitPipeline() else { return lose() }
            finish()
        case PGRES_FATAL_ERROR:
            fail(exchange, with: result, at: step)
        case PGRES_PIPELINE_ABORTED:
            if case .prepare(let entry, let statement) = step { prepared.remove(entry, of: statement) }
            nextStep += 1
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            beginCopy(exchange, with: result.status)
        default:
            succeed(exchange, with: result, at: step)
        }
    }

    private func succeed(_ exchange: Exchange, with result: ResultHandle, at step: Step?) {
        nextStep += 1
        switch step {
        case .deallocate: prepared.deallocated()
        case .prepare(let entry, _): entry.isPrepared = true
        case .statement(let entry):
            if let entry, entry.shape == nil { entry.shape = result.shape }
            exchange.results.append(result)
        case nil: break
        }
    }

    private func fail(_ exchange: Exchange, with result: ResultHandle, at step: Step?) {
        nextStep += 1
        isCopyingIn = false
        isCopyingOut = false
        let error = result.error
        if exchange.failure == nil { exchange.failure = error }
        if case .prepare(let entry, let statement) = step { prepared.remove(entry, of: statement) }
        noteStalePlan(of: exchange, after: error, in: result)
        if error.kind == .connectionLost, handle.isBad { lose() }
    }

    /// The table changed under a prepared statement, or somebody else dropped it: prepare anew next time.
    func noteStalePlan(of exchange: Exchange, after error: PostgresError, in result: ResultHandle) {
        guard error.sqlState == .invalidSQLStatementName || result.errorRoutine == "RevalidateCachedQuery" else { return }
        prepared.removeAll()
        exchange.hasStalePlan = true
    }
}
