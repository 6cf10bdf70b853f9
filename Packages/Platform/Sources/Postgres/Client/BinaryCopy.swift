/// Rows in the binary format of `COPY` (PostgreSQL manual, COPY, Binary Format), in pieces of about 64 KiB.
struct BinaryCopy<Rows: Sequence<[any PostgresEncodable]>> {
    private var rows: Rows.Iterator
    private let columns: Int
    private var hasBegun = false
    private var hasEnded = false

    init(_ rows: Rows, columns: Int) {
        self.rows = rows.makeIterator()
        self.columns = columns
    }

    mutating func next() throws -> [UInt8]? {
        guard !hasEnded else { return nil }
        var buffer: [UInt8] = []
        buffer.reserveCapacity(68_000)
        if !hasBegun {
            hasBegun = true
            buffer += Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)
        }
        while buffer.count < 65_536 {
            guard let row = rows.next() else {
                hasEnded = true
                Int16(-1).appendBigEndian(to: &buffer)
                break
            }
            guard row.count == columns else {
                throw PostgresError(kind: .invalidStatement, message: "a row has \(row.count) values for \(columns) columns")
            }
            Int16(row.count).appendBigEndian(to: &buffer)
            for value in row { try appendElement(value, to: &buffer) }
        }
        return buffer
    }
}
