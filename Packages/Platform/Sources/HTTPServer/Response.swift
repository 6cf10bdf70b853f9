internal import Core

/// What a response carries.
public enum ResponseBody: Sendable {
    /// Nothing.
    case empty
    /// Bytes that are there already.
    case bytes([UInt8])
    /// Bytes that a closure writes, as long as somebody listens. Its task is cancelled when the client goes away or the server drains.
    case stream(@Sendable (BodyWriter) async throws -> Void)
}

/// The answer to a request.
public struct Response: Sendable {
    /// The status.
    public var status: Status
    /// The header fields; framing (`Content-Length`, `Transfer-Encoding`, `Connection`, `Date`) is added by the server.
    public var headers: Headers
    /// The content.
    public var body: ResponseBody

    /// Makes an answer.
    public init(status: Status, headers: Headers = [:], body: ResponseBody = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer whose content is a value as JSON.
    ///
    /// - Throws: what encoding the value throws.
    public static func json(_ value: some Encodable, status: Status = .ok, headers: Headers = [:]) throws -> Response {
        var headers = headers
        if headers.fields.isEmpty { headers = .json } else { headers["Content-Type"] = "application/json" }
        return Response(status: status, headers: headers, body: .bytes(try JSON.encode(value)))
    }

    /// An answer that is plain text.
    public static func text(_ text: String, status: Status = .ok) -> Response {
        Response(status: status, headers: .plainText, body: .bytes(Array(text.utf8)))
    }

    /// An answer that is an HTML page.
    public static func html(_ page: String, status: Status = .ok) -> Response {
        Response(status: status, headers: .html, body: .bytes(Array(page.utf8)))
    }

    /// An answer that sends the client to another address with a GET (RFC 9110 §15.4.4).
    public static func redirect(to location: String) -> Response {
        Response(status: .seeOther, headers: ["Location": location])
    }
}

/// The headers of the usual answers, made once: a literal costs two arrays each time.
extension Headers {
    fileprivate static let json: Headers = ["Content-Type": "application/json"]
    fileprivate static let plainText: Headers = ["Content-Type": "text/plain; charset=utf-8"]
    fileprivate static let html: Headers = ["Content-Type": "text/html; charset=utf-8"]
}
