/// An element of an XML document as a value.
public struct MarkupElement: Sendable, Hashable {
    /// What an element holds.
    public enum Node: Sendable, Hashable {
        /// An element.
        case element(MarkupElement)
        /// Text with its references resolved.
        case text(String)
    }

    /// The local name.
    public let name: String
    /// The attributes by name; none has a namespace.
    public let attributes: [String: String]
    /// What it holds, in order; comments are left out.
    public let children: [Node]
    /// The line its tag begins on, counted from 1.
    public let line: Int
    /// The column its tag begins at, in bytes, counted from 1.
    public let column: Int

    /// Reads an XML document whose elements are all in one namespace.
    ///
    /// At most 256 KiB of UTF-8, 64 levels deep. Document types, entities other than the five of XML, and processing instructions are
    /// refused; nothing is fetched from anywhere (NOT-006).
    ///
    /// - Parameter source: the name for errors.
    /// - Throws: ``MarkupError`` with the place of the first fault.
    public init(reading bytes: [UInt8], namespace: String, source: String) throws(MarkupError) {
        self = try XMLReader(bytes: bytes, namespace: namespace, source: source).read()
    }

    init(name: String, attributes: [String: String], children: [Node], line: Int, column: Int) {
        self.name = name
        self.attributes = attributes
        self.children = children
        self.line = line
        self.column = column
    }

    /// The elements it holds, in order.
    public var elements: [MarkupElement] {
        children.compactMap { if case .element(let element) = $0 { element } else { nil } }
    }
}
