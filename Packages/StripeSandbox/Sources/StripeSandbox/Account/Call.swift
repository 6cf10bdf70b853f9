internal import Core

/// One call of the API, once its address is known.
struct Call {
    /// What stands in the places of the address's braces.
    var path: [String: String] = [:]
    let parameters: Parameters

    /// The id in the address.
    var id: String { path["id"] ?? "" }
}

/// What a call of the API does.
typealias OperationBody = @Sendable (inout Account, Call) throws -> JSONValue

/// An address of the API and what it does.
struct Operation: Sendable {
    let method: String
    let path: String
    let body: OperationBody

    init(_ method: String, _ path: String, _ body: @escaping OperationBody) {
        self.method = method
        self.path = path
        self.body = body
    }
}
