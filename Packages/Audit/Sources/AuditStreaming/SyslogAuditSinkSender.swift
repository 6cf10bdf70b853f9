public import Audit
public import Core
public import HTTPClient

/// Sends the lines of sinks as messages of syslog (RFC 5424), by TLS (RFC 5425), or plain where a deployment says so; by UDP never (AUD-087).
///
/// Syslog answers nothing. So the lines that go together have a connection of their own, and count as arrived when the receiver has read to its end.
public struct SyslogAuditSinkSender: AuditSinkSender {
    /// Brings bytes to a receiver, at a public address alone where that is asked for, and returns when it has read them.
    public typealias Delivering = @Sendable ([UInt8], StreamDelivery.Receiver, _ onlyPublic: Bool) async throws -> Void

    private let host: String
    private let allowsPlain: Bool
    private let deliver: Delivering

    /// Makes a sender.
    ///
    /// - Parameters:
    ///   - host: the name of the product in the messages.
    ///   - allowsPlain: whether messages may go without TLS.
    public init(host: String, allowsPlain: Bool, delivering: @escaping Delivering) {
        self.host = host
        self.allowsPlain = allowsPlain
        deliver = delivering
    }

    /// Whether an address is one of syslog, whatever else is wrong with it.
    public static func isMeant(by target: String) -> Bool { target.lowercased().hasPrefix("syslog") && target.contains("://") }

    /// What is wrong with an address; `nil` when it may be tried.
    ///
    /// - Parameter isOwned: whether it is one of an org, which is spoken to by TLS whatever a deployment allows itself.
    public func refusal(of target: String, isOwned: Bool = false) -> String? {
        guard let receiver = Self.receiver(target) else {
            return "a receiver of syslog is named as syslog+tls://host:port, or syslog+tcp://host:port where plain connections are allowed"
        }
        if isOwned, !receiver.isSecure { return "a receiver of syslog is spoken to by TLS" }
        return receiver.isSecure || allowsPlain ? nil : "a receiver of syslog is spoken to by TLS; TRELLIS_AUDIT_SYSLOG_PLAIN allows others"
    }

    /// Sends the lines once, and returns when the receiver has read them to the end.
    public func send(_ batch: AuditSinkBatch, to sink: AuditSink, at now: Instant) async throws {
        if let reason = refusal(of: sink.target, isOwned: sink.owner != nil) { throw AuditSinkRefused(reason: reason) }
        guard let receiver = Self.receiver(sink.target) else { throw AuditSinkRefused(reason: "it is not an address") }
        var frames: [UInt8] = []
        for line in batch.lines { frames += SyslogMessage(line, from: host, at: now).frame }
        do {
            try await deliver(frames, receiver, sink.owner != nil)
        } catch let error as TransportError {
            throw AuditSinkRefused(reason: error.reason)
        }
    }

    /// The ports are those that are registered (RFC 5425, section 4.1; RFC 6587, section 3.4).
    private static func receiver(_ target: String) -> StreamDelivery.Receiver? {
        StreamDelivery.Receiver(target, schemes: ["syslog+tls": (port: 6_514, isSecure: true), "syslog+tcp": (port: 601, isSecure: false)])
    }
}
