internal import Core

/// What the API's description says of one route, beside what the table of routes knows: written where the route is registered, built when somebody asks for
/// the document, so that neither a start nor a request pays for it.
///
/// Refusals are given as the errors that the code throws; status, code, words and header fields of the document are theirs.
public struct RouteDescription: Sendable, Hashable {
    /// A value in the query or in a header field.
    public struct Parameter: Sendable, Hashable {
        enum Place: String { case query, header }
        let name: String
        let place: Place
        let schema: Schema
        let meaning: String
        let isRequired: Bool

        /// A header field of the request.
        public static func header(_ name: String, _ schema: Schema, _ meaning: String) -> Parameter {
            Parameter(name: name, place: .header, schema: schema, meaning: meaning, isRequired: false)
        }
    }

    struct Body: Sendable, Hashable {
        let schema: Schema
        let isRequired: Bool
        let mediaType: String
    }

    /// A status that is no refusal.
    struct Answer: Sendable, Hashable {
        let status: Status
        let meaning: String
        let schema: Schema?
        let mediaType: String
        let headers: [String: String]
    }

    let operation: String
    let purpose: String
    let access: RouteAccess
    var conditions: [String] = []
    var parameters: [Parameter] = []
    var body: Body?
    var answers: [Answer] = []
    var refusals: [Problem] = []
    /// Whether refusals are told on a page and not as a problem.
    var isPage = false

    /// Begins a description.
    ///
    /// - Parameters:
    ///   - operation: as the route is registered.
    ///   - purpose: what a call is for, in one sentence.
    ///   - access: who may call.
    public init(_ operation: String, _ purpose: String, for access: RouteAccess) {
        self.operation = operation
        self.purpose = purpose
        self.access = access
    }

    /// With a sentence on what must hold before the call, or what else a caller must know.
    public func noting(_ sentence: String) -> RouteDescription {
        with { $0.conditions.append(sentence) }
    }

    /// With a value in the query.
    public func query(_ name: String, _ schema: Schema, _ meaning: String, isRequired: Bool = false) -> RouteDescription {
        with { $0.parameters.append(Parameter(name: name, place: .query, schema: schema, meaning: meaning, isRequired: isRequired)) }
    }

    /// With a header field of the request.
    public func header(_ name: String, _ schema: Schema, _ meaning: String) -> RouteDescription {
        with { $0.parameters.append(.header(name, schema, meaning)) }
    }

    /// With a body that must be there; a schema for one is `Schema(decoding:)` of the type that the route decodes.
    public func takes(_ schema: Schema, as mediaType: String = "application/json") -> RouteDescription {
        with { $0.body = Body(schema: schema, isRequired: true, mediaType: mediaType) }
    }

    /// With a body that may be left out.
    public func mayTake(_ schema: Schema) -> RouteDescription {
        with { $0.body = Body(schema: schema, isRequired: false, mediaType: "application/json") }
    }

    /// With a status that is no refusal.
    ///
    /// - Parameter headers: header fields of the answer, each with what it says.
    public func answers(
        _ status: Status = .ok, _ meaning: String, _ schema: Schema? = nil, as mediaType: String = "application/json",
        headers: [String: String] = [:]
    ) -> RouteDescription {
        with {
            $0.answers.append(Answer(status: status, meaning: meaning, schema: schema, mediaType: mediaType, headers: headers))
        }
    }

    /// With another form of the answer of a status that it has already, as a parameter of the query asks for it.
    public func alternatively(_ status: Status = .ok, _ meaning: String, _ schema: Schema) -> RouteDescription {
        with { description in
            guard let place = description.answers.firstIndex(where: { $0.status == status }), let usual = description.answers[place].schema
            else { return }
            let answer = description.answers[place]
            description.answers[place] = Answer(
                status: status, meaning: "\(answer.meaning) \(meaning)", schema: .either(usual, schema), mediaType: answer.mediaType,
                headers: answer.headers)
        }
    }

    /// With refusals of its own, beside those of who may call and of what is wrong with any request.
    public func refuses(_ errors: any ProblemConvertible...) -> RouteDescription {
        with { $0.refusals += errors.map(\.problem) }
    }

    /// With refusals that are made as problems.
    public func refuses(_ problems: Problem...) -> RouteDescription {
        with { $0.refusals += problems }
    }

    /// An HTML page: what is refused is told on a page of its own.
    public func page() -> RouteDescription {
        with { $0.isPage = true }
    }

    private func with(_ change: (inout RouteDescription) -> Void) -> RouteDescription {
        var copy = self
        change(&copy)
        return copy
    }
}
