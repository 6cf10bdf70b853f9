public import Core

/// The description of an API, made from its table of routes: OpenAPI 3.1.
///
/// Making one costs some milliseconds and megabytes; nobody pays for it before somebody asks for the document.
public struct APIDocument: Sendable {
    /// Why there is no document: routes that nobody describes, descriptions of no route, schemas that cannot be written.
    public struct Faulty: Error, Sendable, Hashable, CustomStringConvertible {
        /// Each fault, as a sentence.
        public let faults: [String]

        /// Lists faults.
        public init(faults: [String]) {
            self.faults = faults
        }

        /// All of them.
        public var description: String { "the API's description: " + faults.joined(separator: "; ") }
    }

    /// The document.
    public let json: JSONValue
    /// Each operation with its description.
    private let operations: [String: (entry: RouteTable.Entry, description: RouteDescription)]

    /// Makes the document of a table.
    ///
    /// - Parameters:
    ///   - title: the name of the API.
    ///   - version: of the API.
    ///   - words: what holds for all routes.
    /// - Throws: ``Faulty``
    public init(title: String, version: String, words: String, table: RouteTable) throws(Faulty) {
        var faults: [String] = []
        var described: [String: (domain: String, description: RouteDescription)] = [:]
        for (domain, description) in table.describers.flatMap({ describer in describer.descriptions().map { (describer.domain, $0) } }) {
            if described.updateValue((domain, description), forKey: description.operation) != nil {
                faults.append("\(description.operation) is described twice")
            }
        }
        var writer = OperationWriter()
        var paths: [String: [String: JSONValue]] = [:]
        var operations: [String: (entry: RouteTable.Entry, description: RouteDescription)] = [:]
        var tags: Set<String> = []
        for route in table.entries {
            guard let operation = route.operation, let (domain, description) = described.removeValue(forKey: operation) else {
                faults.append("nothing describes \(route.method.rawValue) \(route.path) (\(route.operation ?? "without an operation"))")
                continue
            }
            paths[route.path, default: [:]][route.method.rawValue.lowercased()] = writer.json(route, description, domain: domain)
            operations["\(route.method.rawValue) \(route.path)"] = (route, description)
            tags.insert(domain)
        }
        faults += described.keys.sorted().map { "there is no route of the operation \($0)" }
        faults += writer.components.faults
        guard faults.isEmpty else { throw Faulty(faults: faults) }
        self.operations = operations
        json = [
            "openapi": "3.1.0",
            "info": ["title": .string(title), "version": .string(version), "description": .string(words)],
            "servers": [["url": "/"]],
            "tags": .array(tags.sorted().map { ["name": .string($0)] }),
            "paths": .object(paths.mapValues { .object($0) }),
            "components": [
                "schemas": .object(writer.components.schemas), "securitySchemes": .object(writer.schemes),
                "responses": .object(writer.responses),
            ],
        ]
    }

    /// Where an answer does not fit what the document says of its operation: a status, a code or a key that is not described, or one that is missing.
    ///
    /// - Parameters:
    ///   - route: method and path, as the table has them.
    ///   - body: where it is JSON.
    public func misfits(of route: String, status: Int, body: JSONValue?) -> [String] {
        guard let (entry, description) = operations[route] else { return ["\(route) is not described"] }
        if status < 400 {
            guard let answer = description.answers.first(where: { $0.status.rawValue == status }) else {
                return ["\(status) is not described"]
            }
            guard let schema = answer.schema, let body else { return [] }
            return schema.misfits(of: body)
        }
        let fitting = OperationWriter.refusals(of: description, route: entry).filter { $0.status.rawValue == status }
        let code = body?["code"]?.stringValue
        if let code, !fitting.contains(where: { $0.code == code }) { return ["\(status) \(code) is not described"] }
        return fitting.isEmpty ? ["\(status) is not described"] : []
    }

    /// Every code of a refusal that the document names.
    public var codes: Set<String> {
        Set(operations.values.flatMap { OperationWriter.refusals(of: $0.description, route: $0.entry).map(\.code) })
    }
}
