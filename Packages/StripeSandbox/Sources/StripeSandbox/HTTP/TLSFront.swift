internal import CTLSFront
internal import Synchronization

/// Takes TLS connections and hands what they carry to the server's plain port.
@safe final class TLSFront: @unchecked Sendable {
    // @unchecked for the pointer: it is handed out under the lock only, and its own functions may be called by any thread.
    private let front: Mutex<OpaquePointer?>
    let port: Int

    /// - Throws: ``StripeSandboxError/noTLS(_:)`` when the authority cannot be read or made, or the port is taken.
    init(folder: String, host: String, port: Int, target: Int) throws(StripeSandboxError) {
        var reason = [CChar](repeating: 0, count: 512)
        let started = unsafe trellis_tls_front_start(folder, host, Int32(port), Int32(target), &reason, Int32(reason.count))
        guard let started = unsafe started else {
            throw .noTLS(String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        self.port = Int(unsafe trellis_tls_front_port(started))
        unsafe front = Mutex(started)
    }

    /// Ends all connections. Twice changes nothing.
    func stop() {
        let running = unsafe front.withLock { front in
            defer { unsafe front = nil }
            return unsafe front
        }
        if let running = unsafe running { unsafe trellis_tls_front_stop(running) }
    }

    deinit {
        stop()
    }
}
