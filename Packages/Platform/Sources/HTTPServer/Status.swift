/// A status code of an answer (RFC 9110 §15).
public struct Status: Hashable, Sendable, RawRepresentable {
    /// The three digits.
    public let rawValue: Int

    /// Takes a code from 100 to 599.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// The words of the code, without meaning to programs.
    public var reason: String {
        rawValue == 200 ? "OK" : Self.reasons[rawValue] ?? "Status"
    }

    /// Whether an answer with this code never has content (RFC 9110 §6.4.1).
    var forbidsContent: Bool {
        rawValue < 200 || rawValue == 204 || rawValue == 304
    }

    /// 200
    public static let ok = Status(rawValue: 200)
    /// 201
    public static let created = Status(rawValue: 201)
    /// 202
    public static let accepted = Status(rawValue: 202)
    /// 204
    public static let noContent = Status(rawValue: 204)
    /// 303
    public static let seeOther = Status(rawValue: 303)
    /// 308
    public static let permanentRedirect = Status(rawValue: 308)
    /// 400
    public static let badRequest = Status(rawValue: 400)
    /// 401
    public static let unauthorized = Status(rawValue: 401)
    /// 402
    public static let paymentRequired = Status(rawValue: 402)
    /// 403
    public static let forbidden = Status(rawValue: 403)
    /// 404
    public static let notFound = Status(rawValue: 404)
    /// 405
    public static let methodNotAllowed = Status(rawValue: 405)
    /// 408
    public static let requestTimeout = Status(rawValue: 408)
    /// 409
    public static let conflict = Status(rawValue: 409)
    /// 410
    public static let gone = Status(rawValue: 410)
    /// 412
    public static let preconditionFailed = Status(rawValue: 412)
    /// 413
    public static let contentTooLarge = Status(rawValue: 413)
    /// 414
    public static let uriTooLong = Status(rawValue: 414)
    /// 415
    public static let unsupportedMediaType = Status(rawValue: 415)
    /// 417
    public static let expectationFailed = Status(rawValue: 417)
    /// 421
    public static let misdirectedRequest = Status(rawValue: 421)
    /// 422
    public static let unprocessableContent = Status(rawValue: 422)
    /// 429
    public static let tooManyRequests = Status(rawValue: 429)
    /// 431
    public static let headerFieldsTooLarge = Status(rawValue: 431)
    /// 500
    public static let internalServerError = Status(rawValue: 500)
    /// 501
    public static let notImplemented = Status(rawValue: 501)
    /// 503
    public static let serviceUnavailable = Status(rawValue: 503)
    /// 505
    public static let versionNotSupported = Status(rawValue: 505)

    private static let reasons: [Int: String] = [
        100: "Continue", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 302: "Found", 303: "See Other", 304: "Not Modified",
        308: "Permanent Redirect",
        400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed",
        413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type", 417: "Expectation Failed",
        421: "Misdirected Request", 422: "Unprocessable Content", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
        500: "Internal Server Error",
        501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
    ]
}
