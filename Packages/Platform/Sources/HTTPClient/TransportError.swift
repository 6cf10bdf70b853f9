/// Why there is no whole answer, and whether the request may have had an effect.
public struct TransportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The request breaks a rule of this transport; nothing left the process.
        case invalidRequest
        /// No connection: the name is unknown, the server refuses or is not there.
        case connection
        /// The server's certificate or host name is wrong; nothing was sent to it.
        case certificate
        /// A time limit passed: for connecting, for the whole, or without a byte.
        case timeout
        /// The connection broke after it stood.
        case interrupted
        /// The answer is larger than allowed.
        case limit
        /// The answer breaks the protocol.
        case malformedResponse
        /// The transport was closed.
        case closed
    }

    /// How far the request got.
    public enum Progress: String, Sendable, Hashable {
        /// No byte of the request was sent: it cannot have had an effect.
        case nothingSent
        /// Some or all of it was sent: it may have had an effect.
        case maybeSent
    }

    /// What went wrong.
    public let kind: Kind
    /// How far the request got.
    public let progress: Progress
    /// A short reason for the log; it holds no address and no data.
    public let reason: String

    /// Makes an error.
    public init(_ kind: Kind, _ progress: Progress, reason: String) {
        self.kind = kind
        self.progress = progress
        self.reason = reason
    }

    /// Kind, progress and reason.
    public var description: String {
        "\(kind.rawValue) (\(progress == .nothingSent ? "nothing sent" : "maybe sent")): \(reason)"
    }
}
