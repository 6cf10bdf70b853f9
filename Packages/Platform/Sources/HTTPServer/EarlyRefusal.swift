/// A request that was answered before any middleware saw it: it could not be read, was too large, or was meant for another host.
public struct EarlyRefusal: Sendable {
    /// What it was answered with.
    public let status: Status
    /// What was asked for, as it was sent; empty where nothing was read. It may hold anything: it is for looking at, never for keeping.
    public let target: String
    /// The fields that were read; none where the head could not be.
    public let headers: Headers
    /// The numeric address of the peer.
    public let remoteAddress: String

    /// Describes a refusal; the server does it for what arrives, tests do it for themselves.
    public init(status: Status, target: String, headers: Headers, remoteAddress: String) {
        self.status = status
        self.target = target
        self.headers = headers
        self.remoteAddress = remoteAddress
    }
}
