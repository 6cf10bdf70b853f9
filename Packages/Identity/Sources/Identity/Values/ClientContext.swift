public import Audit

/// Where a request comes from: what the caller cannot choose, and a word to recognise its program by.
public struct ClientContext: Sendable, Hashable {
    /// The caller's network.
    public let network: NetworkClient
    /// The kind of program, such as `Firefox` or `python-httpx`.
    public let family: String
    /// The method and the template of the route that was called, never the path itself; empty where nothing was called.
    public let route: String

    /// Takes the address of the peer, what it says it is, and what it called.
    public init(address: String, userAgent: String?, route: String = "") {
        network = NetworkClient(address: address)
        self.route = route
        let word = (userAgent ?? "").prefix { $0 != "/" && $0 != " " && $0 != "(" }
        let printable = word.prefix(40).filter { $0.isASCII && !$0.isNewline && $0 != "\0" }
        family = printable.isEmpty ? "unknown" : printable
    }
}
