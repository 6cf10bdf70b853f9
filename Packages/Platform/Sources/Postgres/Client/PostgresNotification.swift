/// What a `NOTIFY` said.
public struct PostgresNotification: Hashable, Sendable {
    /// The channel.
    public let channel: String
    /// What was said; empty when nothing was.
    public let payload: String
    /// The process of the server whose client said it.
    public let senderPID: Int32
}
