extension Request {
    /// The fields of a form that a browser sent (WHATWG URL, `application/x-www-form-urlencoded`).
    ///
    /// - Throws: ``Problem``: 415 for another type of content, 400 for text that is badly encoded, no UTF-8, or holds a NUL or more than 50 fields.
    public func form() throws -> QueryItems {
        let media = headers["Content-Type"].map { Headers.trimmed($0.prefix { $0 != ";" }).lowercased() }
        guard media == "application/x-www-form-urlencoded" else {
            throw Problem(
                status: .unsupportedMediaType, code: "INVALID_FORMAT", detail: "The Content-Type must be application/x-www-form-urlencoded."
            )
        }
        guard let fields = QueryItems(body) else { throw Problem.badRequest("The form cannot be read.", code: "INVALID_FORMAT") }
        return fields
    }
}
