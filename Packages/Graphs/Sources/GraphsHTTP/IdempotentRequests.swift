internal import Core
public import HTTPServer
public import Operations

extension Request {
    /// The key of this call and what tells it from another; `nil` without a key (OPS-007, OPS-009).
    ///
    /// - Throws: 422 when the key is not 1 to 255 visible ASCII characters, 400 when the body is no JSON.
    public func idempotency() throws -> (key: RequestKey, fingerprint: CallFingerprint)? {
        guard let text = headers["Idempotency-Key"] else { return nil }
        guard let key = RequestKey(text) else {
            throw Problem(
                status: .unprocessableContent, code: "INVALID_INPUT",
                detail: "The Idempotency-Key must be 1 to 255 visible ASCII characters.", keepsTextDetail: true)
        }
        let value: JSONValue? = body.isEmpty ? .none : .some(try decode(JSONValue.self))
        let print = try CallFingerprint(
            method: method.rawValue, route: route ?? path, pathValues: pathParameters, query: query.items.map { ($0.name, $0.value) },
            body: value)
        return (key, print)
    }
}

extension Response {
    /// The answer of an operation endpoint (OPS-001); Location names the operation.
    public static func operation(
        _ operation: Operations.Operation, isReplay: Bool, status: Status
    ) throws -> Response {
        try .json(
            OperationEnvelope(operation, idempotentReplay: isReplay), status: status,
            headers: ["Location": "/v1/operations/\(operation.id)"])
    }
}
