/// The id of one request, shown in the answer, in errors and in logs, so that a caller and an operator talk of the same thing.
public enum RequestIDEntity: IdentifiedEntity {
    /// `req`
    public static let idPrefix = "req"
}

/// The id of one request: `req_` and 26 characters.
public typealias RequestID = Identifier<RequestIDEntity>
