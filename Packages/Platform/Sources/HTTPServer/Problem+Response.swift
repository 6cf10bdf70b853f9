internal import Core

extension Problem {
    /// The answer that carries this problem.
    func response(requestID: RequestID, at now: Instant) -> Response {
        var headers = headers
        headers["Content-Type"] = "application/problem+json"
        let body = (try? JSON.encode(body(requestID: requestID, at: now))) ?? Array(#"{"detail":"Internal error"}"#.utf8)
        return Response(status: status, headers: headers, body: .bytes(body))
    }

    /// The content of that answer.
    func body(requestID: RequestID, at now: Instant) -> JSONValue {
        var members: [String: JSONValue] = [
            "code": .string(code), "request_id": .string(requestID.description), "timestamp": .string(now.description),
        ]
        let faults = JSONValue.array(
            fields.map { field in
                .object([
                    "loc": .array(field.location.map { Int64($0).map { .integer($0) } ?? .string($0) }),
                    "msg": .string(field.message), "type": .string(field.type),
                ])
            })
        // The published client reads 422 as an array of faults and everything else as one sentence (wire contract 0.3).
        if status == .unprocessableContent, !keepsTextDetail {
            members["detail"] = fields.isEmpty ? .array([["loc": ["body"], "msg": .string(detail), "type": "value_error"]]) : faults
        } else {
            members["detail"] = .string(detail)
            if !fields.isEmpty { members["errors"] = faults }
        }
        return .object(members)
    }
}
