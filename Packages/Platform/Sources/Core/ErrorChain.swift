/// An error that knows the lower error it came from.
///
/// Its own description tells its own part only, so that a chain reads once, from the outside in.
public protocol WrappingError: Error {
    /// The error below, if there was one.
    var underlying: (any Error)? { get }
}

/// The whole chain of an error from the outside in, joined by colons; for logs only, never for answers.
public func errorChain(_ error: any Error) -> String {
    var parts = [String(describing: error)]
    var current = (error as? any WrappingError)?.underlying
    while let next = current, parts.count < 10 {
        parts.append(String(describing: next))
        current = (next as? any WrappingError)?.underlying
    }
    return parts.joined(separator: ": ")
}
