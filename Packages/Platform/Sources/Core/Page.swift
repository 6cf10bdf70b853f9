/// One part of a longer list, and where the next part begins.
public struct Page<Element: Sendable>: Sendable {
    /// The elements of this part, in the order of the list.
    public let elements: [Element]
    /// Where the next part begins; `nil` when this was the last.
    public let next: Cursor?

    /// Makes a page.
    public init(elements: [Element], next: Cursor?) {
        self.elements = elements
        self.next = next
    }

    /// The page with every element transformed.
    public func map<Other: Sendable>(_ transform: (Element) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(elements: try elements.map(transform), next: next)
    }
}

/// A place in a list, opaque to the one who asks for the next part.
public struct Cursor: Hashable, Sendable, LosslessStringConvertible {
    /// The text handed to the caller and taken back from it.
    public let description: String

    /// Takes a cursor as it came from a caller: at most 512 characters of letters, digits, `-`, `_`, `.`, `~`.
    public init?(_ description: String) {
        let allowed = description.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || [45, 46, 95, 126].contains(byte)
        }
        guard allowed, !description.isEmpty, description.utf8.count <= 512 else { return nil }
        self.description = description
    }
}
