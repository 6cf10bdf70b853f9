internal import Core

/// Writes operation objects, and gathers what they share.
struct OperationWriter {
    var components = SchemaComponents()
    private(set) var schemes: [String: JSONValue] = [:]
    private(set) var responses: [String: JSONValue] = [:]

    /// The time and the request of examples.
    private static let exampleTime = Instant(microsecondsSinceEpoch: 1_769_853_600_000_000)
    private static let exampleRequest = RequestID.make(at: exampleTime)

    mutating func json(_ route: RouteTable.Entry, _ description: RouteDescription, domain: String) -> JSONValue {
        var members: [String: JSONValue] = [
            "operationId": .string(description.operation), "summary": .string(description.purpose), "tags": [.string(domain)],
            "description": .string(
                ([description.purpose] + description.conditions + ["Who may call: " + description.access.words])
                    .joined(separator: "\n\n")),
            "responses": .object(answers(route, description)),
        ]
        let parameters = self.parameters(route, description)
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        if let body = description.body {
            members["requestBody"] = [
                "required": .bool(body.isRequired),
                "content": .object([
                    body.mediaType: ["schema": components.json(body.schema), "example": body.schema.example]
                ]),
            ]
        }
        members["security"] = .array(description.access.schemes.map { .object([$0.name: []]) })
        for scheme in description.access.schemes { schemes[scheme.name] = scheme.json }
        members["x-rate-limit-category"] = .string(route.category?.name ?? "none")
        members["x-body-limit-bytes"] = .integer(Int64(route.bodyLimit))
        return .object(members)
    }

    private mutating func parameters(_ route: RouteTable.Entry, _ description: RouteDescription) -> [JSONValue] {
        let inPath = route.parameters.map { name -> JSONValue in
            let thing = name.hasSuffix("_id") ? "id of the " + name.dropLast(3).replacing("_", with: " ") : name.replacing("_", with: " ")
            return [
                "name": .string(name), "in": "path", "required": true, "schema": ["type": "string"],
                "description": .string("The \(thing)."),
            ]
        }
        return inPath
            + (description.parameters + description.access.headers).map { parameter -> JSONValue in
                [
                    "name": .string(parameter.name), "in": .string(parameter.place.rawValue), "required": .bool(parameter.isRequired),
                    "schema": components.json(parameter.schema), "description": .string(parameter.meaning),
                ]
            }
    }

    private mutating func answers(_ route: RouteTable.Entry, _ description: RouteDescription) -> [String: JSONValue] {
        var answers: [String: JSONValue] = [:]
        for answer in description.answers {
            var members: [String: JSONValue] = ["description": .string(answer.meaning)]
            if let schema = answer.schema {
                members["content"] = .object([
                    answer.mediaType: ["schema": components.json(schema), "example": schema.example]
                ])
            } else if answer.mediaType != "application/json" {
                members["content"] = .object([answer.mediaType: ["schema": ["type": "string"]]])
            }
            if !answer.headers.isEmpty {
                members["headers"] = .object(answer.headers.mapValues { ["description": .string($0), "schema": ["type": "string"]] })
            }
            answers[String(answer.status.rawValue)] = .object(members)
        }
        for (status, problems) in Dictionary(grouping: Self.refusals(of: description, route: route), by: \.status.rawValue) {
            answers[String(status)] = refusal(problems, isPage: description.isPage)
        }
        return answers
    }

    /// One status of refusals; what many operations share stands once in the document.
    private mutating func refusal(_ problems: [Problem], isPage: Bool) -> JSONValue {
        let codes = Array(Set(problems.map(\.code))).sorted()
        let isText = problems.allSatisfy { $0.status != .unprocessableContent || $0.keepsTextDetail }
        let name =
            (isPage ? "page_" : isText ? "" : "fields_") + "\(problems[0].status.rawValue)_" + codes.joined(separator: "_").lowercased()
        if responses[name] == nil { responses[name] = response(problems, codes, isPage: isPage, isText: isText) }
        return ["$ref": .string("#/components/responses/\(name)")]
    }

    private mutating func response(_ problems: [Problem], _ codes: [String], isPage: Bool, isText: Bool) -> JSONValue {
        let words = problems.map { "\($0.code): \($0.detail)" }.uniqued().joined(separator: "\n\n")
        var members: [String: JSONValue] = ["description": .string(words)]
        let headers = problems.reduce(into: [String: JSONValue]()) { headers, problem in
            for field in problem.headers.fields {
                headers[field.name] = ["schema": ["type": "string"], "example": .string(field.value)]
            }
        }
        if !headers.isEmpty { members["headers"] = .object(headers) }
        if isPage, problems[0].status.rawValue < 500 {
            members["content"] = ["text/html": ["schema": ["type": "string"]]]
        } else {
            let body = components.json(isText ? Self.problem : Self.fieldProblem)
            let code: JSONValue = ["type": "object", "properties": ["code": ["enum": .array(codes.map { .string($0) })]]]
            let examples = problems.map { problem in
                (problem.code, ["value": problem.body(requestID: Self.exampleRequest, at: Self.exampleTime)] as JSONValue)
            }
            members["content"] = [
                "application/problem+json": [
                    "schema": ["allOf": [body, code]], "examples": .object(Dictionary(examples) { first, _ in first }),
                ]
            ]
        }
        return .object(members)
    }

    /// All refusals of an operation: its own, those of who may call, and those of any request of its kind.
    static func refusals(of description: RouteDescription, route: RouteTable.Entry) -> [Problem] {
        var problems = description.refusals + description.access.refusals
        if description.body != nil {
            problems += [
                Problem(status: .badRequest, code: "INVALID_FORMAT", detail: "The body is not valid JSON."),
                Problem(status: .contentTooLarge, code: "INVALID_INPUT", detail: "The content may have at most \(route.bodyLimit) bytes."),
                Problem(status: .unsupportedMediaType, code: "INVALID_FORMAT", detail: "The Content-Type must be application/json."),
            ]
        }
        if description.body?.mediaType == "application/json" || !description.parameters.isEmpty,
            !problems.contains(where: { $0.status == .unprocessableContent })
        {
            let location = description.body == nil ? ["query", description.parameters.first?.name ?? ""] : ["body", "field"]
            problems.append(.invalidFields([.init(location: location, message: "has a value that is not allowed", type: "value_error")]))
        }
        if route.category?.name != "monitoring" {
            problems.append(
                Problem(
                    status: .tooManyRequests, code: "RATE_LIMIT_EXCEEDED",
                    detail: "Too many requests of the category: try again after Retry-After.",
                    headers: [
                        "Retry-After": "7", "X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1769853607",
                        "X-RateLimit-Category": route.category?.name ?? "",
                    ]))
        }
        return problems + [
            .internalError,
            Problem(
                status: .serviceUnavailable, code: "TIMEOUT", detail: "The request took too long to handle.", headers: ["Retry-After": "5"]),
            .databaseUnavailable,
        ]
    }

    private static let fault = Schema.object(
        "FieldFault",
        [
            "loc": .array(of: .any).means("Where: body, query, path or header, then the way into it."), "msg": .text("is required"),
            "type": .text("missing"),
        ])

    /// `ErrorResponse` of the published client.
    private static let problem = Schema.object(
        "Problem",
        [
            "detail": .text("There is no such resource.").means("For people."),
            "code": .text("NOT_FOUND").means("For programs; does not change."),
            "request_id": .text("req_01KG5D8N8ZQ2V3W4X5Y6Z7A8B9"), "timestamp": .instant,
        ]
    ).withOptional(["errors": .array(of: fault).means("What is wrong with single fields, or stands in the way.")])

    /// `HTTPValidationError` of the published client.
    private static let fieldProblem = Schema.object(
        "FieldProblem",
        [
            "detail": .array(of: fault), "code": .text("INVALID_INPUT"), "request_id": .text("req_01KG5D8N8ZQ2V3W4X5Y6Z7A8B9"),
            "timestamp": .instant,
        ])
}

extension [String] {
    /// Each once, in the order of the first.
    fileprivate func uniqued() -> [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
