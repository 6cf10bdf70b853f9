internal import Core

/// Collects what is wrong while a catalogue is read, so that all faults are told at once.
final class CatalogueFaults {
    private(set) var all: [CatalogueFault] = []

    func add(_ pointer: String, _ reason: String) {
        all.append(CatalogueFault(pointer: pointer, reason: reason))
    }
}

/// Reads the members of one JSON object and remembers which were asked for, so that the rest can be refused as unknown.
final class CatalogueReader {
    let pointer: String
    private let members: [String: JSONValue]
    private let faults: CatalogueFaults
    private var known: Set<String> = []

    init(_ value: JSONValue, at pointer: String, faults: CatalogueFaults) {
        self.pointer = pointer
        self.faults = faults
        members = value.objectValue ?? [:]
        if value.objectValue == nil { faults.add(pointer, "must be an object") }
    }

    func pointer(to name: String) -> String {
        pointer + "/" + name
    }

    func fault(_ name: String, _ reason: String) {
        faults.add(pointer(to: name), reason)
    }

    func value(_ name: String) -> JSONValue? {
        known.insert(name)
        guard let value = members[name], value != .null else { return nil }
        return value
    }

    func string(_ name: String) -> String {
        guard let value = value(name) else { return missing(name, "") }
        guard let text = value.stringValue, !text.isEmpty else { return wrong(name, "must be a text that is not empty", "") }
        return text
    }

    func optionalString(_ name: String) -> String? {
        guard value(name) != nil else { return nil }
        return string(name)
    }

    func bool(_ name: String, default fallback: Bool) -> Bool {
        guard let value = value(name) else { return fallback }
        return value.boolValue ?? wrong(name, "must be true or false", fallback)
    }

    func integer(_ name: String, in range: ClosedRange<Int64>, default fallback: Int64? = nil) -> Int64 {
        guard let value = value(name) else { return fallback ?? missing(name, range.lowerBound) }
        guard let number = value.integerValue else { return wrong(name, "must be a whole number", range.lowerBound) }
        guard range.contains(number) else {
            return wrong(name, "must be from \(range.lowerBound) to \(range.upperBound)", range.lowerBound)
        }
        return number
    }

    /// An absent number is no limit; a negative one is a fault.
    func limit(_ name: String) -> Int? {
        value(name) == nil ? nil : Int(integer(name, in: 0...1_000_000_000_000))
    }

    func number(_ name: String, default fallback: Double) -> Double {
        switch value(name) {
        case .none: fallback
        case .some(.integer(let number)) where number >= 0: Double(number)
        case .some(.number(let number)) where number >= 0: number
        default: wrong(name, "must be a number that is not negative", fallback)
        }
    }

    func word<Word: RawRepresentable & CaseIterable>(_ name: String, default fallback: Word) -> Word where Word.RawValue == String {
        guard let value = value(name) else { return fallback }
        guard let text = value.stringValue, let word = Word(rawValue: text) else {
            return wrong(name, "must be one of " + Word.allCases.map(\.rawValue).joined(separator: ", "), fallback)
        }
        return word
    }

    func strings(_ name: String) -> [String] {
        list(name).enumerated().compactMap { index, value in
            value.stringValue ?? wrong("\(name)/\(index)", "must be a text", nil)
        }
    }

    func list(_ name: String) -> [JSONValue] {
        guard let value = value(name) else { return [] }
        return value.arrayValue ?? wrong(name, "must be a list", [])
    }

    func objects<Value>(_ name: String, _ read: (CatalogueReader) -> Value) -> [Value] {
        list(name).enumerated().map { index, value in
            Self.reading(value, at: pointer(to: "\(name)/\(index)"), faults: faults, read)
        }
    }

    func object<Value>(_ name: String, _ read: (CatalogueReader) -> Value) -> Value {
        if value(name) == nil { faults.add(pointer(to: name), "is required") }
        return Self.reading(value(name) ?? .object([:]), at: pointer(to: name), faults: faults, read)
    }

    func optionalObject<Value>(_ name: String, _ read: (CatalogueReader) -> Value) -> Value {
        Self.reading(value(name) ?? .object([:]), at: pointer(to: name), faults: faults, read)
    }

    /// The names of the members, sorted.
    var names: [String] { members.keys.sorted() }

    /// Reads an object and refuses the members that nobody asked for.
    static func reading<Value>(
        _ value: JSONValue, at pointer: String, faults: CatalogueFaults, _ read: (CatalogueReader) -> Value
    ) -> Value {
        let reader = CatalogueReader(value, at: pointer, faults: faults)
        let result = read(reader)
        for name in reader.names where !reader.known.contains(name) {
            faults.add(reader.pointer(to: name), "is not known")
        }
        return result
    }

    private func missing<Value>(_ name: String, _ fallback: Value) -> Value {
        wrong(name, "is required", fallback)
    }

    private func wrong<Value>(_ name: String, _ reason: String, _ fallback: Value) -> Value {
        faults.add(pointer(to: name), reason)
        return fallback
    }
}
