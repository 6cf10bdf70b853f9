internal import CTLSDelivery
internal import Core
internal import Foundation

/// Brings bytes over a connection of their own, by TLS or plain, and returns when the receiver has read them to the end and ended its side.
///
/// Each delivery has a thread of its own as long as it takes: one that hangs keeps nobody else waiting.
public struct StreamDelivery: Sendable {
    /// What the deliveries are held to.
    public struct Configuration: Sendable, Hashable {
        /// How long one may take, the handshake and the wait for the receiver's end included.
        public var timeout: Duration = .seconds(30)
        /// A file of trusted certificates instead of the system's.
        public var certificateBundlePath: String?
        /// Whether only public addresses are connected to: where somebody else chooses the receiver (SEC-083).
        public var connectsToPublicAddressesOnly = false

        /// Makes a configuration.
        public init() {}
    }

    /// Who reads.
    public struct Receiver: Sendable, Hashable {
        /// A name, or a numeric address.
        public let host: String
        /// The port.
        public let port: Int
        /// Whether it is spoken to by TLS.
        public let isSecure: Bool

        /// Names a receiver.
        public init(host: String, port: Int, isSecure: Bool) {
            self.host = host
            self.port = port
            self.isSecure = isSecure
        }
    }

    private let configuration: Configuration

    /// Makes deliveries.
    public init(configuration: Configuration) {
        self.configuration = configuration
    }

    /// Brings the bytes once. With TLS the end of the receiver's side has to be said by it (RFC 8446, section 6.1): an end of the connection alone may be that of
    /// a process that died.
    ///
    /// - Throws: ``TransportError``; the bytes may have arrived unless it says that nothing was sent. `CancellationError` when the task was cancelled.
    public func send(_ bytes: [UInt8], to receiver: Receiver) async throws {
        try OpenTransaction.refuseCalls(to: receiver.host)
        guard let errand = Errand() else { throw TransportError(.connection, .nothingSent, reason: "no delivery could begin") }
        let configuration = configuration
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: errand.run(bytes, to: receiver, configuration)) }
            }
        } onCancel: {
            errand.stop()
        }
        try Self.judge(outcome)
    }

    private static func judge(_ outcome: trellis_delivery_outcome) throws {
        switch outcome {
        case trellis_delivery_done: return
        case trellis_delivery_unreachable: throw TransportError(.connection, .nothingSent, reason: "the receiver cannot be reached")
        case trellis_delivery_insecure: throw TransportError(.certificate, .nothingSent, reason: "the receiver's certificate is not valid")
        case trellis_delivery_late: throw TransportError(.timeout, .maybeSent, reason: "the receiver did not read to the end in time")
        case trellis_delivery_stopped: throw CancellationError()
        default: throw TransportError(.interrupted, .maybeSent, reason: "the connection broke, or was not ended as it should be")
        }
    }
}

/// One delivery that may be stopped while it blocks its thread.
@safe private final class Errand: @unchecked Sendable {
    // @unchecked for the pointer, which never changes; stopping is allowed from any thread, and freed is it when nobody has it any more.
    private let delivery: OpaquePointer

    init?() {
        guard let delivery = unsafe trellis_delivery_make() else { return nil }
        unsafe self.delivery = delivery
    }

    deinit {
        unsafe trellis_delivery_free(delivery)
    }

    func stop() { unsafe trellis_delivery_stop(delivery) }

    func run(
        _ bytes: [UInt8], to receiver: StreamDelivery.Receiver, _ configuration: StreamDelivery.Configuration
    ) -> trellis_delivery_outcome {
        let rule: trellis_delivery_rule = { number, count in
            NetworkNumber(bytes: unsafe Array(UnsafeBufferPointer(start: number, count: count)))?.isPublic == true ? 1 : 0
        }
        return unsafe trellis_delivery_run(
            delivery, receiver.host, String(receiver.port), receiver.isSecure ? 1 : 0, configuration.certificateBundlePath, bytes,
            bytes.count,
            Int32(clamping: configuration.timeout.wholeMilliseconds), configuration.connectsToPublicAddressesOnly ? rule : nil)
    }
}

extension StreamDelivery.Receiver {
    /// Reads an address such as `syslog+tls://host:6514`.
    ///
    /// - Parameters:
    ///   - ports: the schemes that there are, with the port where none is named and whether it is TLS.
    /// - Returns: `nil` for one with another scheme, a path, or credentials.
    public init?(_ text: String, schemes: [String: (port: Int, isSecure: Bool)]) {
        guard text.utf8.count <= 2_000, let address = try? CurlAddress(text), let scheme = schemes[address.scheme], address.user == nil,
            address.password == nil, address.path == "/", !text.contains("?"), !text.contains("#"),
            let port = address.port.map({ Int($0) }) ?? scheme.port, (1...65_535).contains(port)
        else { return nil }
        let isBracketed = address.host.hasPrefix("[") && address.host.hasSuffix("]")
        let host = isBracketed ? String(address.host.dropFirst().dropLast()) : address.host
        guard !host.isEmpty else { return nil }
        self.init(host: host, port: port, isSecure: scheme.isSecure)
    }
}
