internal import CLibPQ

/// The columns of a result: names and types, shared by all results of one prepared statement.
final class RowShape: Sendable {
    struct Column: Sendable {
        let name: String
        let type: PostgresType
    }

    let columns: [Column]
    private let positions: [String: Int]

    init(_ columns: [Column]) {
        self.columns = columns
        positions = Dictionary(columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The place of the first column of a name.
    func position(of name: String) -> Int? { positions[name] }
}

/// One result of libpq. It never changes after it was received, so rows on any thread may read it; it is freed with the last of them.
@safe
final class ResultHandle: @unchecked Sendable {
    // @unchecked because libpq's result is only read after it was handed over (manual 34.20: results may be passed between threads).
    private let result: OpaquePointer
    let shape: RowShape

    /// Takes over a result.
    ///
    /// - Parameter known: the columns when they are known from an earlier result of the same prepared statement.
    init(owning result: OpaquePointer, shape known: RowShape? = nil) {
        unsafe self.result = result
        let count = unsafe Int(PQnfields(result))
        if let known, known.columns.count == count {
            shape = known
        } else {
            shape = RowShape(
                (0..<Int32(count)).map { index in
                    let name = unsafe PQfname(result, index).map { unsafe String(cString: $0) } ?? ""
                    return RowShape.Column(name: name, type: PostgresType(oid: unsafe PQftype(result, index)))
                })
        }
    }

    deinit {
        unsafe PQclear(result)
    }

    var columns: [RowShape.Column] { shape.columns }
    var status: ExecStatusType { unsafe PQresultStatus(result) }
    var rowCount: Int { unsafe Int(PQntuples(result)) }

    /// The rows that a command changed or gave.
    var affectedRows: Int {
        guard let text = unsafe PQcmdTuples(result) else { return 0 }
        return unsafe Int(String(cString: text)) ?? 0
    }

    /// The command that was done: `COMMIT`, `ROLLBACK`, `INSERT 0 1`.
    var commandTag: String {
        unsafe PQcmdStatus(result).map { unsafe String(cString: $0) } ?? ""
    }

    var rows: [Row] {
        let count = rowCount
        guard count > 0 else { return [] }
        return (0..<count).map { Row(self, at: $0) }
    }

    func column(_ index: Int, row: Int) -> Column {
        let description = shape.columns[index]
        let (row, column) = (Int32(row), Int32(index))
        guard unsafe PQgetisnull(result, row, column) == 0, let start = unsafe PQgetvalue(result, row, column) else {
            return unsafe Column(name: description.name, type: description.type, length: -1, start: nil, result: self)
        }
        return unsafe Column(
            name: description.name, type: description.type, length: Int(PQgetlength(result, row, column)),
            start: UnsafeRawPointer(start), result: self)
    }

    /// The server's error, when this result is one.
    var error: PostgresError {
        func field(_ code: Character) -> String? {
            let code = Int32(code.asciiValue ?? 0)
            return unsafe PQresultErrorField(result, code).map { unsafe String(cString: $0) }
        }
        // Severity `V` is never translated: FATAL and PANIC end the connection (manual 55.8).
        let isFatal = field("V").map { $0 == "FATAL" || $0 == "PANIC" } ?? false
        let sqlState = field("C").map(SQLState.init(rawValue:))
        var error = PostgresError(
            kind: isFatal || sqlState == nil ? .connectionLost : .statement, sqlState: sqlState,
            message: unsafe field("M") ?? String(cString: PQresultErrorMessage(result)))
        error.detail = field("D")
        error.constraint = field("n")
        error.schema = field("s")
        error.table = field("t")
        error.column = field("c")
        error.context = field("W")
        return error
    }

    /// The function of the server that found the error.
    var errorRoutine: String? {
        unsafe PQresultErrorField(result, Int32(UInt8(ascii: "R"))).map { unsafe String(cString: $0) }
    }
}
