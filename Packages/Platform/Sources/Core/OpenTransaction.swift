/// Whether the present task holds a transaction open: a call to the outside would keep its locks and its connection for as long as
/// somebody else's server takes, and would have happened even where the transaction is undone (OPS-077).
public enum OpenTransaction {
    /// Whether there is one around the present code. Transactions say it of their bodies; tasks that a body starts inherit it.
    @TaskLocal public static var isAround = false

    /// Asked before every call that leaves the product: to a payment provider, a mail server, a customer's endpoint, a graph host.
    ///
    /// Debug builds, and with them all tests, refuse the call. A released process makes it all the same: what no test has found shall not
    /// cost a customer the answer.
    ///
    /// - Parameter destination: who was to be called.
    /// - Throws: ``CallWithinTransaction``.
    public static func refuseCalls(to destination: @autoclosure () -> String) throws {
        #if DEBUG
        if isAround { throw CallWithinTransaction(destination: destination()) }
        #endif
    }
}

/// Somebody was to be called while a transaction was open.
public struct CallWithinTransaction: Error, Hashable, Sendable, CustomStringConvertible {
    /// Who was to be called.
    public let destination: String

    /// Names who was to be called.
    public init(destination: String) {
        self.destination = destination
    }

    /// One sentence.
    public var description: String { "\(destination) was to be called while a transaction was open" }
}
