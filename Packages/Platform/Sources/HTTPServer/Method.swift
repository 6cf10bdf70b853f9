/// A request method (RFC 9110 §9).
public struct Method: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    /// The method as it stands in the request line.
    public let rawValue: String

    /// Takes a method by its name, which is case-sensitive.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The name.
    public var description: String { rawValue }

    /// Whether it asks for nothing to be changed (RFC 9110 §9.2.1).
    var isSafe: Bool { self == .get || self == .head || self == .options }

    /// Read without effect.
    public static let get = Method(rawValue: "GET")
    /// As GET, without the content.
    public static let head = Method(rawValue: "HEAD")
    /// Do something with the content.
    public static let post = Method(rawValue: "POST")
    /// Replace.
    public static let put = Method(rawValue: "PUT")
    /// Change in part (RFC 5789).
    public static let patch = Method(rawValue: "PATCH")
    /// Remove.
    public static let delete = Method(rawValue: "DELETE")
    /// Ask what may be done.
    public static let options = Method(rawValue: "OPTIONS")
}
