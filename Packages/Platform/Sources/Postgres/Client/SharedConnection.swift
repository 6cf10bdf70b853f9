internal import CLibPQ
internal import Core
internal import EventLoops
internal import Observability

/// A connection of a loop on which brief statements follow each other without waiting for the answers to those before.
///
/// Each is followed by a sync of its own, so that it is a transaction of its own and fails alone (manual 34.5.1.1). Both sides then take several
/// messages at a time off their sockets in place of waking each other for every one, which costs more than a brief statement itself.
/// Touched on the loop's thread only.
final class SharedConnection: @unchecked Sendable {
    // @unchecked because its state is touched on the loop's thread only, which every entry checks.

    /// A statement that was sent, and what the server still has to say of it.
    private struct Flight {
        let exchange: Exchange
        var steps: [Connection.Step]
        var next = 0

        var step: Connection.Step? { next < steps.count ? steps[next] : nil }
    }

    /// So many may wait for each other; the next one takes a connection of its own.
    static let limit = 64

    private let configuration: PostgresConfiguration
    private let loop: EventLoop
    private var connection: Connection?
    private var isConnecting = false
    private var isClosed = false
    private var onClosed: (() -> Void)?
    /// Not tried again before this timer.
    private var backoff: ScheduledTimer?
    private var flights: [Flight] = []
    /// How many of the flights have ended: they leave together, for each leaving alone would move all others.
    private var ended = 0

    init(_ configuration: PostgresConfiguration, on loop: EventLoop) {
        self.configuration = configuration
        self.loop = loop
    }

    /// A loop with fewer connections keeps all of them for those who need one for themselves.
    static let leastPoolSize = 4

    /// Whether a statement now would make it connect.
    var wouldConnect: Bool { isEnabled && connection == nil && !isConnecting && backoff == nil }
    private var isEnabled: Bool { configuration.preparesStatements && configuration.poolSizePerLoop >= Self.leastPoolSize && !isClosed }

    /// The connections that it has or makes, of those that the loop may have.
    var connections: Int { connection != nil || isConnecting ? 1 : 0 }
    var isBusy: Bool { flights.count > ended }

    /// Sends an exchange of one statement, behind those that are under way; `false` where it must take another connection, as long as this one is not
    /// open. Nothing can be taken back, for asking the server to stop might stop another one.
    func begin(_ exchange: Exchange) -> Bool {
        loop.checkIsolated()
        guard isEnabled else { return false }
        guard let connection else {
            connect()
            return false
        }
        guard case .statements(let statements) = exchange.content, let statement = statements.first, statements.count == 1,
            flights.count - ended < Self.limit, !connection.isClosed
        else { return false }
        exchange.wasSent = true
        guard let steps = connection.send(behindOthers: statement) else {
            // What was sent in part is lost with the connection, and with those before it.
            flights.append(Flight(exchange: exchange, steps: []))
            connection.lose()
            return true
        }
        flights.append(Flight(exchange: exchange, steps: steps))
        connection.flush()
        return true
    }

    /// Takes no more, and closes when those under way have ended; tells then.
    func close(_ tell: @escaping () -> Void) {
        loop.checkIsolated()
        isClosed = true
        backoff?.cancel()
        onClosed = tell
        if !isBusy { connection?.close() }
        tellClosed()
    }

    private func tellClosed() {
        guard isClosed, connection == nil, !isConnecting, let tell = onClosed else { return }
        onClosed = nil
        tell()
    }

    private func connect() {
        guard wouldConnect else { return }
        isConnecting = true
        Connector.connect(configuration, on: loop) { [self] result in
            isConnecting = false
            switch result {
            case .success(let made): opened(made)
            case .failure: pause()
            }
            tellClosed()
        }
    }

    private func opened(_ made: Connection) {
        guard !isClosed, made.handle.enterPipeline() else { return made.close() }
        connection = made
        made.onInput = { [unowned self] in receive() }
        made.onLoss = { [weak self] _ in self?.lost() }
    }

    /// The pool says in the log that the database cannot be reached: it is asked meanwhile.
    private func pause() {
        backoff = loop.schedule(after: .seconds(1)) { [self] in backoff = nil }
    }

    /// Those under way fail: whether the server did them is not known.
    private func lost() {
        connection = nil
        let open = flights[ended...]
        flights = []
        ended = 0
        for flight in open {
            if flight.exchange.failure?.kind != .connectionLost {
                flight.exchange.failure = PostgresError(kind: .connectionLost, message: "the connection was lost")
            }
            flight.exchange.end()
        }
        if !isClosed { pause() }
        tellClosed()
    }

    /// Takes the results that have arrived.
    private func receive() {
        while let connection, ended < flights.count {
            guard !connection.handle.isBusy else { break }
            var shape: RowShape?
            if case .statement(let entry?) = flights[ended].step { shape = entry.shape }
            guard let result = connection.handle.nextResult(shape: shape) else {
                // A null stands behind each statement's results.
                if connection.handle.isBad { return connection.lose() }
                continue
            }
            if result.status == PGRES_PIPELINE_SYNC {
                let exchange = flights[ended].exchange
                ended += 1
                exchange.end()
            } else {
                connection.take(result, of: flights[ended].step, in: flights[ended].exchange)
                flights[ended].next += 1
            }
        }
        if ended == flights.count || ended >= Self.limit {
            flights.removeFirst(ended)
            ended = 0
        }
        if isClosed, !isBusy { connection?.close() }
    }
}

extension Connection {
    /// Hands a statement to libpq behind others, with a sync of its own; `nil` when the connection is lost.
    ///
    /// A statement counts as prepared as soon as that was asked for: the server does one after the other.
    fileprivate func send(behindOthers statement: Statement) -> [Step]? {
        var steps: [Step] = []
        if prepared.isFull { prepared.removeAll() }
        if prepared.mustDeallocate {
            steps.append(.deallocate)
            guard handle.send("DEALLOCATE ALL", preparedAs: nil) else { return nil }
            prepared.deallocated()
        }
        let entry = prepared.entry(for: statement)
        if !entry.isPrepared {
            steps.append(.prepare(entry, statement))
            guard handle.send(prepare: statement.sql, as: entry.name, parameters: statement.parameters) else { return nil }
            entry.isPrepared = true
        }
        steps.append(.statement(entry))
        guard handle.send(statement, preparedAs: entry.name), handle.sync() else { return nil }
        return steps
    }

    /// Notes a result of a step.
    fileprivate func take(_ result: ResultHandle, of step: Step?, in exchange: Exchange) {
        switch result.status {
        case PGRES_PIPELINE_ABORTED:
            break
        case PGRES_FATAL_ERROR:
            let error = result.error
            if exchange.failure == nil { exchange.failure = error }
            if case .prepare(let entry, let statement) = step { prepared.remove(entry, of: statement) }
            noteStalePlan(of: exchange, after: error, in: result)
        default:
            guard case .statement(let entry?) = step else { return }
            if entry.shape == nil { entry.shape = result.shape }
            exchange.results.append(result)
        }
    }
}
