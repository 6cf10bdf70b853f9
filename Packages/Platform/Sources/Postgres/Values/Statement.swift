/// One SQL statement with its parameters.
///
/// Interpolated values become parameters (`$1`, `$2` …) that travel apart from the text, so that a value is never read as SQL:
///
///     let statement: Statement = #"SELECT name FROM orgs.org WHERE id = \#(id)"#
///
/// A name that is not known when the statement is written is quoted with `\(identifier:)`; a part that is put together
/// elsewhere, parameters included, is inserted with `\(fragment:)`.
public struct Statement: Sendable {
    /// The text, with `$1` … in place of the parameters.
    public private(set) var sql: String
    /// The parameters in order.
    public private(set) var parameters: PostgresParameters
    /// Why the statement cannot be sent: a value or name that has no form in the database.
    private(set) var problem: String?
    /// Where in the text the placeholder of each parameter stands; unknown for a text that came with placeholders of its own.
    private var placeholders: [Int]?

    /// Takes a text with placeholders `$1`, `$2` … and the values for them.
    public init(_ sql: String, _ values: [any PostgresEncodable] = []) {
        self.sql = sql
        parameters = PostgresParameters()
        placeholders = values.isEmpty ? [] : nil
        for value in values { bind(value) }
    }

    /// Adds another statement at the end, its parameters numbered on.
    public mutating func append(_ other: Statement) {
        problem = problem ?? other.problem
        guard other.parameters.count > 0 else {
            sql += other.sql
            return
        }
        guard let positions = other.placeholders, placeholders != nil else {
            problem = problem ?? "a statement with placeholders of its own cannot be a part of another"
            return
        }
        let text = other.sql.utf8
        var rest = text.startIndex
        for (index, position) in positions.enumerated() {
            let placeholder = text.index(text.startIndex, offsetBy: position)
            sql += String(other.sql[rest..<placeholder])
            appendPlaceholder(parameters.count + index + 1)
            rest = text.index(placeholder, offsetBy: "$\(index + 1)".utf8.count)
        }
        sql += String(other.sql[rest...])
        parameters.append(other.parameters)
    }

    /// The two statements as one, the parameters of the second numbered on.
    public static func + (left: Statement, right: Statement) -> Statement {
        var sum = left
        sum.append(right)
        return sum
    }

    /// Adds a statement at the end.
    public static func += (left: inout Statement, right: Statement) {
        left.append(right)
    }

    private mutating func appendPlaceholder(_ number: Int) {
        placeholders?.append(sql.utf8.count)
        sql += "$"
        sql += String(number)
    }

    private mutating func bind(_ value: some PostgresEncodable) {
        do {
            try parameters.append(value)
        } catch {
            problem = problem ?? "parameter \(parameters.count + 1) cannot be encoded"
        }
    }
}

extension Statement: ExpressibleByStringInterpolation {
    /// A statement without parameters.
    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// A statement whose interpolated values are its parameters.
    public init(stringInterpolation: Interpolation) {
        self = stringInterpolation.statement
    }

    /// Puts a statement together from a literal.
    public struct Interpolation: StringInterpolationProtocol {
        var statement = Statement("")

        /// Begins a statement.
        public init(literalCapacity: Int, interpolationCount: Int) {
            statement.sql.reserveCapacity(literalCapacity + interpolationCount * 3)
            statement.parameters.reserveCapacity(interpolationCount)
        }

        /// Adds text that the programmer wrote.
        public mutating func appendLiteral(_ literal: String) {
            statement.sql += literal
        }

        /// Adds a parameter.
        public mutating func appendInterpolation(_ value: some PostgresEncodable) {
            statement.appendPlaceholder(statement.parameters.count + 1)
            statement.bind(value)
        }

        /// Adds a parameter that may be NULL.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            statement.appendPlaceholder(statement.parameters.count + 1)
            statement.bind(value)
        }

        /// Adds a name, quoted so that it can be nothing but one name.
        ///
        /// An empty name, or one with a NUL character, makes the statement invalid: it is refused before anything is sent.
        public mutating func appendInterpolation(identifier name: String) {
            guard let quoted = QuotedIdentifier(name) else {
                statement.problem = statement.problem ?? "a name is empty or holds a NUL character"
                return
            }
            statement.sql += quoted.sql
        }

        /// Adds a part that was put together elsewhere, with its parameters.
        public mutating func appendInterpolation(fragment: Statement) {
            statement.append(fragment)
        }
    }
}

/// A name in double quotes, those inside it doubled (PostgreSQL manual 4.1.1).
struct QuotedIdentifier {
    let sql: String

    init?(_ name: String) {
        guard !name.isEmpty, !name.utf8.contains(0) else { return nil }
        var text = "\""
        for character in name.unicodeScalars {
            if character == "\"" { text += "\"" }
            text.unicodeScalars.append(character)
        }
        sql = text + "\""
    }
}
