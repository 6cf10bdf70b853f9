/// Names a value that middleware leaves for those that come after it.
public protocol RequestContextKey {
    /// The type of the value.
    associatedtype Value: Sendable
}

/// What middleware found out about a request, by typed keys.
public struct RequestContext: Sendable {
    private var values: [ObjectIdentifier: any Sendable] = [:]

    /// Makes an empty context.
    public init() {}

    /// The value of a key, when some middleware has left one.
    public subscript<Key: RequestContextKey>(_ key: Key.Type) -> Key.Value? {
        get { values[ObjectIdentifier(key)] as? Key.Value }
        set { values[ObjectIdentifier(key)] = newValue }
    }
}
