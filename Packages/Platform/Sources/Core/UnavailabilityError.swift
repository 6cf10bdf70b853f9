/// An error that knows whether something the product needs could not be reached, so that the same call may go well in a moment.
public protocol UnavailabilityError: Error {
    /// Whether that was it.
    var isUnavailability: Bool { get }
}

/// Whether an error, or one below it, says that something could not be reached.
public func isUnavailability(_ error: any Error) -> Bool {
    var current: (any Error)? = error
    for _ in 0..<10 {
        guard let error = current else { return false }
        if (error as? any UnavailabilityError)?.isUnavailability == true { return true }
        current = (error as? any WrappingError)?.underlying
    }
    return false
}
