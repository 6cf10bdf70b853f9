/// Sends requests to other servers.
///
/// The seam where a test may stand in for the network; in the product it is ``CurlTransport``.
public protocol HTTPTransport: Sendable {
    /// Sends a request and waits for the whole answer, whatever its status. A redirect is an answer like any other and is not followed.
    ///
    /// - Throws: ``TransportError`` when there is no whole answer; it says whether the request may have had an effect.
    ///   `CancellationError` when the task was cancelled: the transfer is stopped at once, and may have had an effect.
    ///   `CallWithinTransaction` in debug builds, when a transaction is open.
    func send(_ request: ClientRequest) async throws -> ClientResponse
}

/// Gives the body of an answer as it comes, for what is larger than memory.
public protocol StreamingTransport: HTTPTransport {
    /// Sends a request; the body of an answer with a status of 200 to 299 goes to a closure piece by piece, in order, and is then not in the answer. The
    /// pieces are not to be trusted before the answer is there: it may break off.
    ///
    /// - Parameter take: takes a piece on the transport's thread; what it throws stops the transfer.
    /// - Throws: what `take` throws, and as ``HTTPTransport/send(_:)``.
    func send(_ request: ClientRequest, giving take: @escaping @Sendable ([UInt8]) throws -> Void) async throws -> ClientResponse
}

/// A request to another server.
public struct ClientRequest: Sendable, Hashable {
    /// The method, such as `GET`.
    public var method: String
    /// The whole address, with its query already encoded.
    public var url: String
    /// Header fields in the order they are sent. Length, host and framing are the transport's.
    public var headers: ClientHeaders
    /// The body; empty for none.
    public var body: [UInt8]
    /// How long the whole exchange may take; it can shorten the transport's own limit, not lengthen it.
    public var timeout: Duration?

    /// Makes a request.
    public init(_ method: String, _ url: String, headers: ClientHeaders = [:], body: [UInt8] = [], timeout: Duration? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// A whole answer of another server. What is in it is not to be trusted.
public struct ClientResponse: Sendable, Hashable {
    /// The status code.
    public var status: Int
    /// The header fields as they came.
    public var headers: ClientHeaders
    /// The body, decompressed.
    public var body: [UInt8]

    /// Makes a response.
    public init(status: Int, headers: ClientHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Header fields in order; names are compared without case.
public struct ClientHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One field.
    public struct Field: Sendable, Hashable {
        /// The name as it was written.
        public let name: String
        /// The value without blanks around it.
        public let value: String
    }

    /// All fields in order.
    public private(set) var fields: [Field] = []

    /// Makes no fields.
    public init() {}

    /// Makes fields in the order written.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// Adds a field after the others, also when one of the name is there.
    public mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// The first value of a name. Setting replaces all fields of the name; `nil` removes them.
    public subscript(name: String) -> String? {
        get {
            let lower = name.lowercased()
            return fields.first { $0.name.lowercased() == lower }?.value
        }
        set {
            let lower = name.lowercased()
            fields.removeAll { $0.name.lowercased() == lower }
            if let newValue { add(name, newValue) }
        }
    }

    /// All values of a name, in order.
    public func values(_ name: String) -> [String] {
        let lower = name.lowercased()
        return fields.filter { $0.name.lowercased() == lower }.map(\.value)
    }
}
