public import Core

/// One thing that is wrong in a catalogue file.
public struct CatalogueFault: Hashable, Sendable, CustomStringConvertible {
    /// Where, as a JSON pointer.
    public let pointer: String
    /// What, as the end of a sentence.
    public let reason: String

    /// Names a fault.
    public init(pointer: String, reason: String) {
        self.pointer = pointer
        self.reason = reason
    }

    /// The pointer and the reason.
    public var description: String { (pointer.isEmpty ? "the catalogue" : pointer) + " " + reason }
}

/// A catalogue that cannot be used, with everything that is wrong in it.
public struct CatalogueRefused: Error, Hashable, CustomStringConvertible {
    /// All faults, in the order of the file.
    public let faults: [CatalogueFault]

    /// Refuses a catalogue.
    public init(faults: [CatalogueFault]) {
        self.faults = faults
    }

    /// All faults, one a line.
    public var description: String {
        "the catalogue has \(faults.count) fault(s):\n" + faults.map { "  " + $0.description }.joined(separator: "\n")
    }
}

/// The package that owns one section of the catalogue file and checks it.
public protocol CatalogueSection: Sendable {
    /// The name of the section at the top of the file.
    var name: String { get }

    /// Everything that is wrong in it, with pointers that begin with the section's own.
    func faults(in section: JSONValue) -> [CatalogueFault]
}
