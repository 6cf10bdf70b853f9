internal import CLibXML2

/// Reads one document with libxml2 and copies it out before the library's own tree dies.
struct XMLReader {
    static let maximumBytes = 256 * 1_024
    static let maximumDepth = 64

    let bytes: [UInt8]
    let namespace: String
    let source: String

    func read() throws(MarkupError) -> MarkupElement {
        try checkBytes()
        let notes = ParserNotes(bytes: bytes)
        let document = try DocumentHandle(bytes, notes: notes, source: source)
        var copier = TreeCopier(namespace: namespace, source: source, places: notes.places)
        return try unsafe copier.copy(document.root(source: source), depth: 1)
    }

    /// Refuses by looking at the bytes what no parser should have to be trusted with.
    private func checkBytes() throws(MarkupError) {
        guard bytes.count <= Self.maximumBytes else {
            throw MarkupError(source: source, reason: "is larger than \(Self.maximumBytes / 1_024) KiB")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw MarkupError(source: source, reason: "is not valid UTF-8") }
        // Without these tokens there is no document type, and without one there are no entities of its own (XML 1.0, section 2.8).
        let tokens = ["<!DOCTYPE", "<!ENTITY"].map { Array($0.utf8) }
        for offset in bytes.indices.dropLast() where bytes[offset] == UInt8(ascii: "<") && bytes[offset + 1] == UInt8(ascii: "!") {
            guard tokens.contains(where: { bytes[offset...].starts(with: $0) }) else { continue }
            var lines = LineCounter()
            let place = lines.place(of: offset, in: bytes)
            throw MarkupError(source: source, line: place.line, column: place.column, reason: "document types are not allowed")
        }
    }
}

/// Tells lines and columns of offsets; it goes on from the last one, so that all tags of a document cost one walk over it.
struct LineCounter {
    private var offset = 0
    private var line = 1
    private var lineStart = 0

    mutating func place(of wanted: Int, in bytes: [UInt8]) -> ParserNotes.Place {
        if wanted < offset { self = LineCounter() }
        while offset < wanted {
            if bytes[offset] == UInt8(ascii: "\n") { (line, lineStart) = (line + 1, offset + 1) }
            offset += 1
        }
        return ParserNotes.Place(line: line, column: wanted - lineStart + 1)
    }
}

/// Where tags begin, in the order in which they were opened, and the first fault. Filled by the parser's callbacks, on the thread that parses.
final class ParserNotes {
    struct Place: Hashable {
        let line: Int
        let column: Int
    }

    private(set) var places: [Place] = []
    private(set) var firstFault: (place: Place, reason: String)?
    private var lines = LineCounter()
    private let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Notes the tag that ends at an offset: no `<` can stand inside of a tag (XML 1.0, section 3.1), so the last one begins it.
    func note(tagBefore offset: Int) {
        let start = bytes[..<min(max(offset, 0), bytes.count)].lastIndex(of: UInt8(ascii: "<")) ?? 0
        places.append(lines.place(of: start, in: bytes))
    }

    /// Notes a fault; those after the first are its consequences.
    func note(fault reason: String, at place: Place) {
        if firstFault == nil { firstFault = (place, reason) }
    }
}

/// A parsed document, freed when it is dropped.
@safe private struct DocumentHandle: ~Copyable {
    private let document: xmlDocPtr

    init(_ bytes: [UInt8], notes: ParserNotes, source: String) throws(MarkupError) {
        XMLLibrary.prepare()
        guard let parser = unsafe xmlNewParserCtxt() else { throw MarkupError(source: source, reason: "libxml2 is out of memory") }
        defer { unsafe xmlFreeParserCtxt(parser) }
        unsafe parser.pointee._private = Unmanaged.passUnretained(notes).toOpaque()
        unsafe parser.pointee.sax.pointee.startElementNs = noteStart
        unsafe parser.pointee.sax.pointee.serror = noteFault
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue | XML_PARSE_NOCDATA.rawValue
        let made = unsafe bytes.withUnsafeBytes { bytes in
            unsafe xmlCtxtReadMemory(
                parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), nil, "UTF-8", Int32(options))
        }
        guard let made = unsafe made else { throw Self.error(notes, source: source) }
        unsafe document = made
    }

    deinit {
        unsafe xmlFreeDoc(document)
    }

    func root(source: String) throws(MarkupError) -> xmlNodePtr {
        guard let root = unsafe xmlDocGetRootElement(document) else { throw MarkupError(source: source, reason: "has no element") }
        return unsafe root
    }

    private static func error(_ notes: ParserNotes, source: String) -> MarkupError {
        guard let (place, reason) = notes.firstFault else { return MarkupError(source: source, reason: "is not well-formed XML") }
        return MarkupError(source: source, line: place.line, column: place.column, reason: reason)
    }
}

/// What is done once for the whole process (NOT-006).
private enum XMLLibrary {
    private static let initialized: Void = xmlInitParser()

    static func prepare() {
        initialized
    }
}

/// libxml2 calls this for each start tag, on the thread that called the parser; it makes the node as usual and notes the place.
private func noteStart(
    _ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<xmlChar>?, _ prefix: UnsafePointer<xmlChar>?,
    _ uri: UnsafePointer<xmlChar>?, _ namespaceCount: Int32, _ namespaces: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?,
    _ attributeCount: Int32, _ defaultedCount: Int32, _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
) {
    unsafe xmlSAX2StartElementNs(
        context, name, prefix, uri, namespaceCount, namespaces, attributeCount, defaultedCount, attributes)
    guard let parser = unsafe context?.assumingMemoryBound(to: xmlParserCtxt.self), let notes = unsafe parser.pointee._private else {
        return
    }
    let offset = unsafe xmlByteConsumed(parser)
    unsafe Unmanaged<ParserNotes>.fromOpaque(notes).takeUnretainedValue().note(tagBefore: offset)
}

/// libxml2 calls this for each fault, on the thread that called the parser.
private func noteFault(_ context: UnsafeMutableRawPointer?, _ error: xmlErrorPtr?) {
    guard let parser = unsafe context?.assumingMemoryBound(to: xmlParserCtxt.self), let notes = unsafe parser.pointee._private,
        let error = unsafe error
    else { return }
    let reason = unsafe error.pointee.message.map { unsafe String(cString: $0) } ?? "is not well-formed XML"
    let place = unsafe ParserNotes.Place(line: Int(error.pointee.line), column: Int(error.pointee.int2))
    unsafe Unmanaged<ParserNotes>.fromOpaque(notes).takeUnretainedValue().note(fault: reason.filter { !$0.isNewline }, at: place)
}

/// Copies libxml2's tree into values.
private struct TreeCopier {
    let namespace: String
    let source: String
    let places: [ParserNotes.Place]
    private var next = 0

    init(namespace: String, source: String, places: [ParserNotes.Place]) {
        self.namespace = namespace
        self.source = source
        self.places = places
    }

    mutating func copy(_ node: xmlNodePtr, depth: Int) throws(MarkupError) -> MarkupElement {
        let place = next < places.count ? places[next] : ParserNotes.Place(line: 0, column: 0)
        next += 1
        let name = unsafe Self.text(node.pointee.name)
        func refusal(_ reason: String) -> MarkupError {
            MarkupError(source: source, line: place.line, column: place.column, reason: reason)
        }
        guard depth <= XMLReader.maximumDepth else { throw refusal("is nested deeper than \(XMLReader.maximumDepth) levels") }
        guard let space = unsafe node.pointee.ns, unsafe Self.text(space.pointee.href) == namespace else {
            throw refusal("<\(name)> is not in the namespace \(namespace)")
        }
        var attributes: [String: String] = [:]
        var attribute = unsafe node.pointee.properties
        while let current = unsafe attribute {
            let name = unsafe Self.text(current.pointee.name)
            guard unsafe current.pointee.ns == nil else { throw refusal("the attribute \(name) has a namespace") }
            attributes[name] = unsafe Self.value(of: current)
            unsafe attribute = current.pointee.next
        }
        var children: [MarkupElement.Node] = []
        var child = unsafe node.pointee.children
        while let current = unsafe child {
            switch unsafe current.pointee.type {
            case XML_ELEMENT_NODE: children.append(.element(try unsafe copy(current, depth: depth + 1)))
            case XML_TEXT_NODE, XML_CDATA_SECTION_NODE: children.append(.text(unsafe Self.text(current.pointee.content)))
            case XML_COMMENT_NODE: break
            default: throw refusal("<\(name)> holds an entity or a processing instruction")
            }
            unsafe child = current.pointee.next
        }
        return MarkupElement(name: name, attributes: attributes, children: children, line: place.line, column: place.column)
    }

    private static func text(_ pointer: UnsafePointer<xmlChar>?) -> String {
        guard let pointer = unsafe pointer else { return "" }
        return unsafe String(cString: pointer)
    }

    private static func value(of attribute: xmlAttrPtr) -> String {
        guard let pointer = unsafe xmlNodeListGetString(attribute.pointee.doc, attribute.pointee.children, 1) else { return "" }
        defer { unsafe trellis_xml_free(pointer) }
        return unsafe String(cString: pointer)
    }
}
