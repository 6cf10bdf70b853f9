internal import Core
internal import HTTPServer

/// A request to the API as it arrived.
struct APIRequest: Sendable {
    let method: String
    let path: String
    let query: QueryItems
    let rawQuery: String
    let body: [UInt8]
    let authorization: String?
    let idempotencyKey: String?
    let version: String?
    let contentType: String?
    let userAgent: String?

    /// The secret key of the request.
    ///
    /// - Throws: 401 when there is none or it is no test key (STR-140).
    func secretKey() throws -> String {
        guard let authorization, let blank = authorization.firstIndex(of: " ") else {
            throw StripeError.unauthorized(
                "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
                    + "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY').")
        }
        let value = authorization[authorization.index(after: blank)...]
        let key: String
        switch authorization[..<blank].lowercased() {
        case "bearer": key = String(value)
        case "basic": key = BasicCredentials.user(String(value)) ?? ""
        default: key = ""
        }
        guard key.hasPrefix("sk_test_"), key.utf8.count > 8, key.utf8.count <= 255 else {
            let shown = key.hasPrefix("sk_live_") ? "sk_live_***: the simulator takes no live keys" : String(key.prefix(8)) + "***"
            throw StripeError.unauthorized("Invalid API Key provided: \(shown)")
        }
        return key
    }

    /// All parameters: those of the query and, of a POST, those of the body.
    func parameters() throws -> FormBranch {
        guard method == "POST" else { return try FormDecoder.decode(query) }
        if let contentType, !body.isEmpty, !contentType.lowercased().hasPrefix("application/x-www-form-urlencoded") {
            throw StripeError.invalid("Invalid request: the Content-Type must be application/x-www-form-urlencoded.")
        }
        return try query.items.isEmpty ? FormDecoder.decode(body) : FormDecoder.decode(Array(rawQuery.utf8) + [UInt8(ascii: "&")] + body)
    }
}

/// An answer of the API.
struct APIAnswer: Sendable {
    let status: Int
    let requestID: String
    let body: [UInt8]
    var version = StripeVersion.pinned
    var idempotencyKey: String?
    var originalRequest: String?
    var headers: [String: String] = [:]

    var response: Response {
        var headers: Headers = [
            "Content-Type": "application/json", "Request-Id": requestID, "Stripe-Version": version, "Cache-Control": "no-cache, no-store",
        ]
        if let idempotencyKey {
            headers["Idempotency-Key"] = idempotencyKey
            headers["Stripe-Should-Retry"] = status == 409 || status >= 500 ? "true" : "false"
        }
        if let originalRequest {
            headers["Original-Request"] = originalRequest
            if originalRequest != requestID { headers["Idempotent-Replayed"] = "true" }
        }
        for (name, value) in self.headers.sorted(by: { $0.key < $1.key }) { headers[name] = value }
        return Response(status: Status(rawValue: status), headers: headers, body: .bytes(body))
    }
}
