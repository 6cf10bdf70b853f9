public import Core

/// Who may call a route, and how callers show that it is they.
public struct RouteAccess: Sendable, Hashable {
    /// A way to show who calls, as the description names it.
    public struct Scheme: Sendable, Hashable {
        /// The name in the document.
        public let name: String
        /// The security scheme object of OpenAPI.
        public let json: JSONValue

        /// Names a way.
        public init(_ name: String, _ json: JSONValue) {
            self.name = name
            self.json = json
        }

        /// An access token in `Authorization: Bearer`.
        public static let bearer = Scheme("bearer", ["type": "http", "scheme": "bearer", "bearerFormat": "JWT"])
        /// An API key in `X-API-Key`.
        public static let apiKey = Scheme("api_key", ["type": "apiKey", "in": "header", "name": "X-API-Key"])
    }

    /// Who, in one sentence.
    public var words: String
    /// One of these is enough; none where no credential is asked for.
    public var schemes: [Scheme]
    /// How callers who may not are refused.
    public var refusals: [Problem]
    /// Header fields that say for whom the call is.
    public var headers: [RouteDescription.Parameter]

    /// Says who may call.
    public init(_ words: String, schemes: [Scheme], refusals: [any ProblemConvertible], headers: [RouteDescription.Parameter] = []) {
        self.words = words
        self.schemes = schemes
        self.refusals = refusals.map(\.problem)
        self.headers = headers
    }

    /// Everybody; credentials are not looked at.
    public static let everybody = RouteAccess("Everybody; no credential is asked for.", schemes: [], refusals: [])

    /// The same with a further condition and how it is refused.
    public func only(_ words: String, _ refusals: any ProblemConvertible...) -> RouteAccess {
        var copy = self
        copy.words += " " + words
        copy.refusals += refusals.map(\.problem)
        return copy
    }
}
