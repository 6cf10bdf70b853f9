public import Core

extension Request {
    /// Decodes the content as JSON.
    ///
    /// - Parameter limits: what the document may hold at most.
    /// - Throws: ``Problem``: 415 when the content is declared as something else, 400 `INVALID_FORMAT` when it is no JSON, 422 when a field is missing, stands
    ///   twice, is too large, holds a NUL or has the wrong type, with its place in the document.
    public func decode<Value: Decodable>(_ type: Value.Type, limits: JSONLimits = .standard) throws -> Value {
        if let contentType = headers["Content-Type"] {
            let media = Headers.trimmed(contentType.prefix { $0 != ";" }).lowercased()
            guard media == "application/json" || media.hasSuffix("+json") else {
                throw Problem(
                    status: .unsupportedMediaType, code: "INVALID_FORMAT", detail: "The Content-Type must be application/json.")
            }
        }
        if let encoding = headers["Content-Encoding"], !Headers.equal(encoding, "identity") {
            throw Problem(status: .unsupportedMediaType, code: "INVALID_FORMAT", detail: "The content must not be compressed.")
        }
        try JSONInspection.check(body, limits)
        do {
            return try JSON.decode(type, from: body)
        } catch let failure as JSONDecodingFailure {
            if failure.kind == .malformed,
                let path = JSONInspection.misfit(in: body, limits, isRefused: { Self.isMalformed($0, for: type) })
            {
                throw JSONDecodingFailure(path: path, kind: .invalidValue, reason: "must be a number that the field can take").problem
            }
            throw failure.problem
        }
    }

    private static func isMalformed<Value: Decodable>(_ bytes: [UInt8], for type: Value.Type) -> Bool {
        do {
            _ = try JSON.decode(type, from: bytes)
            return false
        } catch {
            return (error as? JSONDecodingFailure)?.kind == .malformed
        }
    }

    /// Decodes the content as JSON where it may be left out: no content at all gives `nil`.
    public func decodeIfPresent<Value: Decodable>(_ type: Value.Type, limits: JSONLimits = .standard) throws -> Value? {
        body.isEmpty ? nil : try decode(type, limits: limits)
    }

    /// The value of a `{name}` segment of the route.
    ///
    /// - Throws: 404 when the text is not one of `Value`: an id of another kind names nothing here.
    public func parameter<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        guard let text = pathParameters[name], let value = Value(text) else { throw Problem.notFound }
        return value
    }

    /// The value of a query item, when it is there.
    ///
    /// - Throws: 422 naming the item when its text is not one of `Value`.
    public func queryValue<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type = Value.self) throws -> Value? {
        guard let text = query[name] else { return nil }
        guard let value = Value(text) else {
            throw Problem.invalidFields([.init(location: ["query", name], message: "has a value that is not allowed", type: "value_error")])
        }
        return value
    }

    /// A whole number of the query within a range, or the default.
    ///
    /// - Throws: 422 naming the item and the range.
    public func queryInteger(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = query[name] else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw Problem.invalidFields([
                .init(
                    location: ["query", name], message: "must be a whole number from \(range.lowerBound) to \(range.upperBound)",
                    type: "value_error")
            ])
        }
        return value
    }
}

extension JSONDecodingFailure: ProblemConvertible {
    /// 400 when the text is no JSON, else 422 with the place of the fault.
    public var problem: Problem {
        if kind == .malformed {
            return Problem(status: .badRequest, code: "INVALID_FORMAT", detail: "The body \(reason).")
        }
        let type =
            switch kind {
            case .missing: "missing"
            case .wrongType: "type_error"
            case .invalidValue, .malformed: "value_error"
            }
        return .invalidFields([.init(location: ["body"] + path, message: reason, type: type)])
    }
}
