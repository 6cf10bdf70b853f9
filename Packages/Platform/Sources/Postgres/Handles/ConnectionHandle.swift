internal import CLibPQ

/// One connection of libpq in non-blocking mode. It closes itself; every call is for the one thread that owns it.
@safe
struct ConnectionHandle: ~Copyable {
    enum Progress {
        case reading
        case writing
        case connected
        case failed
    }

    enum Flush {
        case done
        case pending
        case failed
    }

    private var connection: OpaquePointer?

    /// Begins to connect. Looking up a host name may block, so this is not for a loop's thread.
    init(connectingTo parameters: [(name: String, value: String)]) {
        let names = CStrings(parameters.map(\.name))
        let values = CStrings(parameters.map(\.value))
        let connection = unsafe PQconnectStartParams(names.pointers, values.pointers, 1)
        unsafe self.connection = connection
        // With verbose messages a refused login has its SQLSTATE, which libpq gives in no other way.
        _ = unsafe PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        _ = unsafe PQsetNoticeReceiver(connection, ignoreNotice, nil)
    }

    deinit {
        unsafe PQfinish(connection)
    }

    /// Closes the connection; every later call fails.
    mutating func finish() {
        unsafe PQfinish(connection)
        unsafe connection = nil
    }

    var isBad: Bool { unsafe PQstatus(connection) == CONNECTION_BAD }
    var descriptor: Int32 { unsafe PQsocket(connection) }
    var isBusy: Bool { unsafe PQisBusy(connection) == 1 }
    var backendPID: Int32 { unsafe PQbackendPID(connection) }
    var isOutsideTransaction: Bool { unsafe PQtransactionStatus(connection) == PQTRANS_IDLE }
    var isInTransaction: Bool { unsafe PQtransactionStatus(connection) == PQTRANS_INTRANS }
    var isInFailedTransaction: Bool { unsafe PQtransactionStatus(connection) == PQTRANS_INERROR }

    /// libpq's sentence about the last failure; it may quote data.
    var message: String {
        unsafe PQerrorMessage(connection).map { unsafe String(cString: $0) } ?? ""
    }

    /// Goes on connecting.
    func poll() -> Progress {
        switch unsafe PQconnectPoll(connection) {
        case PGRES_POLLING_OK: unsafe PQsetnonblocking(connection, 1) == 0 ? .connected : .failed
        case PGRES_POLLING_READING: .reading
        case PGRES_POLLING_WRITING: .writing
        default: .failed
        }
    }

    func flush() -> Flush {
        switch unsafe PQflush(connection) {
        case 0: .done
        case 1: .pending
        default: .failed
        }
    }

    /// Takes what has arrived; false when the connection is lost.
    func consumeInput() -> Bool { unsafe PQconsumeInput(connection) == 1 }

    func enterPipeline() -> Bool { unsafe PQenterPipelineMode(connection) == 1 }
    func exitPipeline() -> Bool { unsafe PQexitPipelineMode(connection) == 1 }
    func sync() -> Bool { unsafe PQpipelineSync(connection) == 1 }

    /// Sends a text of any number of statements; its results are in the text format.
    func send(script: String) -> Bool { unsafe PQsendQuery(connection, script) == 1 }

    func send(prepare sql: String, as name: String, parameters: PostgresParameters) -> Bool {
        let types = parameters.entries.map(\.type.oid)
        return unsafe PQsendPrepare(connection, name, sql, Int32(types.count), types) == 1
    }

    /// Sends a statement, under its prepared name when it has one; its results are in the binary format.
    func send(_ statement: Statement, preparedAs name: String?) -> Bool {
        let parameters = statement.parameters
        guard parameters.count > 0 else {
            if let name { return unsafe PQsendQueryPrepared(connection, name, 0, nil, nil, nil, 1) == 1 }
            return unsafe PQsendQueryParams(connection, statement.sql, 0, nil, nil, nil, nil, 1) == 1
        }
        let connection = unsafe connection
        return unsafe parameters.withPointers { count, values, lengths, formats in
            if let name { return unsafe PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1) == 1 }
            let types = parameters.entries.map(\.type.oid)
            return unsafe PQsendQueryParams(connection, statement.sql, count, types, values, lengths, formats, 1) == 1
        }
    }

    /// The next result, or `nil` when a statement has no more. Only to be called when not busy: else it blocks.
    func nextResult(shape: RowShape?) -> ResultHandle? {
        guard let result = unsafe PQgetResult(connection) else { return nil }
        return unsafe ResultHandle(owning: result, shape: shape)
    }

    func nextNotification() -> PostgresNotification? {
        guard let notification = unsafe PQnotifies(connection) else { return nil }
        defer { unsafe PQfreemem(notification) }
        return unsafe PostgresNotification(
            channel: String(cString: notification.pointee.relname), payload: String(cString: notification.pointee.extra),
            senderPID: notification.pointee.be_pid)
    }

    /// What it takes to cancel the statement under way from another thread; `nil` when there is no connection.
    func makeCancelHandle() -> CancelHandle? {
        guard let cancel = unsafe PQgetCancel(connection) else { return nil }
        return unsafe CancelHandle(owning: cancel)
    }

    // MARK: COPY

    enum CopyPut {
        case sent
        case full
        case failed
    }

    func put(copyData bytes: [UInt8]) -> CopyPut {
        let code = unsafe bytes.withUnsafeBytes { buffer in
            unsafe PQputCopyData(connection, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count))
        }
        return code == 1 ? .sent : code == 0 ? .full : .failed
    }

    /// Ends a copy into the database; with a reason the server undoes it.
    func endCopy(failingBecause reason: String? = nil) -> CopyPut {
        let code = unsafe PQputCopyEnd(connection, reason)
        return code == 1 ? .sent : code == 0 ? .full : .failed
    }

    enum CopyGet {
        case data([UInt8])
        case wait
        case done
        case failed
    }

    func getCopyData() -> CopyGet {
        var buffer: UnsafeMutablePointer<CChar>?
        let count = unsafe PQgetCopyData(connection, &buffer, 1)
        defer { unsafe PQfreemem(buffer) }
        guard count > 0, let start = unsafe buffer else { return count == 0 ? .wait : count == -1 ? .done : .failed }
        return unsafe .data(Array(UnsafeRawBufferPointer(start: start, count: Int(count))))
    }
}

/// Warnings of the server would otherwise be written to standard error.
private func ignoreNotice(_: UnsafeMutableRawPointer?, _: OpaquePointer?) {}

/// Asks the server to cancel what a connection is doing, over a connection of its own.
@safe
final class CancelHandle: @unchecked Sendable {
    // @unchecked because PQcancel is made to be called from another thread (manual 34.7), and the value never changes.
    private let cancel: OpaquePointer

    init(owning cancel: OpaquePointer) {
        unsafe self.cancel = cancel
    }

    deinit {
        unsafe PQfreeCancel(cancel)
    }

    /// Sends the request and waits until the server has taken it; blocks for some milliseconds.
    func send() {
        var message = [CChar](repeating: 0, count: 256)
        _ = unsafe PQcancel(cancel, &message, 256)
    }
}
